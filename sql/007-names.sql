-- What addresses are called: when to ask again, what was answered, and every change of who they are.

CREATE TABLE IF NOT EXISTS address_change (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  site_id SMALLINT UNSIGNED NOT NULL,
  ip INT UNSIGNED NOT NULL,
  field ENUM('hostname', 'os', 'mac') NOT NULL,
  old VARCHAR(255) NULL,
  `new` VARCHAR(255) NULL,
  source ENUM('ptr', 'netbios', 'mdns', 'snmp', 'nmap', 'arp', 'agent') NOT NULL,
  changed_at DATETIME NOT NULL,
  old_last_confirmed_at DATETIME NULL,
  KEY change_of_address (site_id, ip, field, id),
  KEY change_by_time (changed_at),
  KEY change_of_field (field, changed_at)
);

-- Beside address, in narrow rows: whose names are due is found and written by the ten thousand.
CREATE TABLE IF NOT EXISTS name_check (
  site_id SMALLINT UNSIGNED NOT NULL,
  ip INT UNSIGNED NOT NULL,
  due_at DATETIME NOT NULL,
  checked_at DATETIME NOT NULL,
  confirmed_at DATETIME NULL,
  direct_at DATETIME NULL,
  failures SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  failure VARCHAR(32) NULL,
  failed_at DATETIME NULL,
  forward ENUM('none', 'match', 'mismatch', 'unknown') NOT NULL DEFAULT 'none',
  forward_at DATETIME NULL,
  ptr_names TEXT NULL,
  PRIMARY KEY (site_id, ip)
);

-- Where a site's names are asked for, and whom to believe first; empty is the product's own choice.
CREATE TABLE IF NOT EXISTS site_naming (
  site_id SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
  resolvers VARCHAR(255) NOT NULL DEFAULT '',
  source_order VARCHAR(64) NOT NULL DEFAULT ''
);

CREATE TABLE IF NOT EXISTS resolver (
  site_id SMALLINT UNSIGNED NOT NULL,
  address VARCHAR(32) NOT NULL,
  failures INT UNSIGNED NOT NULL DEFAULT 0,
  failing_since DATETIME NULL,
  last_failure VARCHAR(32) NULL,
  last_failure_at DATETIME NULL,
  last_answer_at DATETIME NULL,
  PRIMARY KEY (site_id, address)
);

-- Names (folded) and MACs that an administrator wants on several addresses.
CREATE TABLE IF NOT EXISTS expected_duplicate (
  site_id SMALLINT UNSIGNED NOT NULL,
  name VARCHAR(255) NOT NULL,
  by_whom VARCHAR(64) NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (site_id, name)
);

ALTER TABLE address
  ADD COLUMN hostname_folded VARCHAR(255) AS (LOWER(hostname)) VIRTUAL,
  ADD KEY address_by_name (site_id, hostname_folded),
  ADD KEY address_by_mac (site_id, mac);
