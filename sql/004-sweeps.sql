-- Claims and their outcomes, who sweeps, what was asked for, and what is worth telling.

CREATE TABLE IF NOT EXISTS sweep (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  site_id SMALLINT UNSIGNED NOT NULL,
  network_id INT UNSIGNED NOT NULL,
  part SMALLINT UNSIGNED NOT NULL,
  slot_at DATETIME NOT NULL,
  first INT UNSIGNED NOT NULL,
  last INT UNSIGNED NOT NULL,
  engine VARCHAR(64) NOT NULL,
  token CHAR(36) NOT NULL,
  state ENUM('running', 'counted', 'blind', 'dark', 'missed', 'failed', 'quiet') NOT NULL,
  deadline DATETIME(3) NOT NULL,
  started DATETIME(3) NOT NULL,
  finished DATETIME(3) NULL,
  asked INT UNSIGNED NOT NULL DEFAULT 0,
  alive INT UNSIGNED NOT NULL DEFAULT 0,
  `new` INT UNSIGNED NOT NULL DEFAULT 0,
  packets INT UNSIGNED NOT NULL DEFAULT 0,
  error TEXT NULL,
  UNIQUE KEY sweep_claim (network_id, part, slot_at),
  KEY sweep_by_time (slot_at),
  KEY sweep_by_state (state, engine),
  KEY sweep_finished (finished)
);

-- Parts whose steady addresses all went silent while we were well: held back, then believed.
CREATE TABLE IF NOT EXISTS darkness (
  network_id INT UNSIGNED NOT NULL,
  part SMALLINT UNSIGNED NOT NULL,
  since DATETIME NOT NULL,
  believed BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (network_id, part)
);

CREATE TABLE IF NOT EXISTS engine (
  name VARCHAR(64) NOT NULL PRIMARY KEY,
  token CHAR(36) NOT NULL,
  machine VARCHAR(255) NOT NULL,
  process VARCHAR(128) NOT NULL,
  started DATETIME(3) NOT NULL,
  alive_until DATETIME(3) NOT NULL,
  problem TEXT NULL
);

CREATE TABLE IF NOT EXISTS request (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  what VARCHAR(64) NOT NULL,
  argument TEXT NOT NULL,
  by_whom VARCHAR(64) NOT NULL,
  state ENUM('waiting', 'running', 'done', 'failed') NOT NULL DEFAULT 'waiting',
  progress TEXT NULL,
  answer TEXT NULL,
  created_at DATETIME(3) NOT NULL,
  finished_at DATETIME(3) NULL,
  KEY request_waiting (state, id)
);

CREATE TABLE IF NOT EXISTS event (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at DATETIME(3) NOT NULL,
  kind VARCHAR(64) NOT NULL,
  site_id SMALLINT UNSIGNED NULL,
  network_id INT UNSIGNED NULL,
  ip INT UNSIGNED NULL,
  text TEXT NOT NULL,
  KEY event_by_time (at)
);
