-- What an administrator tunes while it runs, and when each job runs next.

CREATE TABLE IF NOT EXISTS setting (
  name VARCHAR(64) NOT NULL PRIMARY KEY,
  value TEXT NOT NULL,
  changed_at DATETIME NOT NULL
);

CREATE TABLE IF NOT EXISTS job (
  name VARCHAR(64) NOT NULL PRIMARY KEY,
  next_run_at DATETIME NOT NULL,
  token CHAR(36) NULL,
  held_until DATETIME(3) NULL,
  last_run_at DATETIME(3) NULL,
  last_seconds DECIMAL(10, 3) NULL,
  last_error TEXT NULL,
  last_summary TEXT NULL
);
