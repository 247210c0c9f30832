-- What each address runs: when it was asked, what was told, when it is due again; and what may not be asked.

CREATE TABLE IF NOT EXISTS address_system (
  site_id SMALLINT UNSIGNED NOT NULL,
  ip INT UNSIGNED NOT NULL,
  state ENUM('waiting', 'known', 'could-not-tell', 'failed') NOT NULL DEFAULT 'waiting',
  urgency TINYINT UNSIGNED NOT NULL,
  due_at DATETIME NOT NULL,
  asked_at DATETIME NULL,
  told_at DATETIME NULL,
  type ENUM('windows', 'linux', 'mac', 'network', 'filtered', 'phantom') NULL,
  cpe VARCHAR(255) NULL,
  mac BIGINT UNSIGNED NULL,
  hostname VARCHAR(255) NULL,
  PRIMARY KEY (site_id, ip),
  KEY address_system_due (site_id, urgency, due_at),
  KEY address_system_asked (asked_at)
);

-- One row: the last change to an address that was taken in, so that a run reads only what is new.
CREATE TABLE IF NOT EXISTS system_intake (
  id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
  changed_seq BIGINT UNSIGNED NOT NULL,
  site_id SMALLINT UNSIGNED NOT NULL,
  ip INT UNSIGNED NOT NULL
);

INSERT IGNORE INTO system_intake (id, changed_seq, site_id, ip) VALUES (1, 0, 0, 0);

CREATE TABLE IF NOT EXISTS fragile_range (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  site_id SMALLINT UNSIGNED NOT NULL,
  first INT UNSIGNED NOT NULL,
  last INT UNSIGNED NOT NULL,
  notes TEXT NOT NULL DEFAULT (''),
  created_at DATETIME NOT NULL,
  UNIQUE KEY fragile_range_ends (site_id, first, last)
);

CREATE TABLE IF NOT EXISTS fragile_vendor (
  vendor VARCHAR(128) NOT NULL PRIMARY KEY,
  notes TEXT NOT NULL DEFAULT (''),
  created_at DATETIME NOT NULL
);

-- A job that asks the network has a row for each engine: job@engine.
ALTER TABLE job MODIFY name VARCHAR(128) NOT NULL;
