-- Who an address is (address) and what each sweep moves (address_state), apart,
-- so that counting rewrites narrow rows without a secondary index.

CREATE TABLE IF NOT EXISTS address (
  site_id SMALLINT UNSIGNED NOT NULL,
  ip INT UNSIGNED NOT NULL,
  ip_text VARCHAR(15) NOT NULL,
  hostname VARCHAR(255) NULL,
  name_source ENUM('ptr', 'netbios', 'mdns', 'snmp', 'agent') NULL,
  os VARCHAR(255) NULL,
  os_accuracy TINYINT UNSIGNED NULL,
  os_family VARCHAR(64) NULL,
  mac BIGINT UNSIGNED NULL,
  vendor VARCHAR(128) NULL,
  first_seen DATETIME NULL,
  pattern VARCHAR(32) NULL,
  status ENUM('in-use', 'reserved', 'candidate', 'notified', 'grace', 'quarantine', 'free')
    NOT NULL DEFAULT 'in-use',
  owner VARCHAR(255) NOT NULL DEFAULT '',
  owner_email VARCHAR(255) NOT NULL DEFAULT '',
  notes TEXT NOT NULL DEFAULT (''),
  fragile BOOLEAN NOT NULL DEFAULT FALSE,
  protected BOOLEAN NOT NULL DEFAULT FALSE,
  last_modified DATETIME NOT NULL,
  changed_seq BIGINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (site_id, ip),
  KEY address_changed (changed_seq)
);

CREATE TABLE IF NOT EXISTS address_state (
  site_id SMALLINT UNSIGNED NOT NULL,
  ip INT UNSIGNED NOT NULL,
  active INT UNSIGNED NOT NULL,
  total INT UNSIGNED NOT NULL,
  last_active DATETIME NULL,
  last_silent DATETIME NULL,
  rtt_us INT UNSIGNED NULL,
  reply_ttl TINYINT UNSIGNED NULL,
  PRIMARY KEY (site_id, ip)
);

-- One row: the number of the last change to any address. Whoever raises it holds the row
-- until commit, so a reader that has seen number n has seen every change up to n.
CREATE TABLE IF NOT EXISTS change_sequence (
  id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
  last BIGINT UNSIGNED NOT NULL
);

INSERT IGNORE INTO change_sequence (id, last) VALUES (1, 0);
