-- The address spaces, what is watched in them, and what is left out.

CREATE TABLE IF NOT EXISTS site (
  id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(64) NOT NULL,
  tag VARCHAR(64) NOT NULL DEFAULT '',
  time_zone VARCHAR(64) NOT NULL,
  engine VARCHAR(64) NULL,
  created_at DATETIME NOT NULL,
  UNIQUE KEY site_name (name)
);

CREATE TABLE IF NOT EXISTS network (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  site_id SMALLINT UNSIGNED NOT NULL,
  first INT UNSIGNED NOT NULL,
  last INT UNSIGNED NOT NULL,
  prefix_length TINYINT UNSIGNED NULL,
  gateway INT UNSIGNED NULL,
  name VARCHAR(128) NOT NULL DEFAULT '',
  tag VARCHAR(64) NOT NULL DEFAULT '',
  vlan SMALLINT UNSIGNED NULL,
  notes TEXT NOT NULL DEFAULT (''),
  sweep_minutes TINYINT UNSIGNED NOT NULL DEFAULT 5,
  packets_per_second INT UNSIGNED NOT NULL,
  enabled BOOLEAN NOT NULL DEFAULT TRUE,
  created_at DATETIME NOT NULL,
  UNIQUE KEY network_range (site_id, first, last)
);

CREATE TABLE IF NOT EXISTS exclusion (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  site_id SMALLINT UNSIGNED NOT NULL,
  first INT UNSIGNED NOT NULL,
  last INT UNSIGNED NOT NULL,
  reason ENUM('never-scan', 'dhcp', 'reserved') NOT NULL,
  notes TEXT NOT NULL DEFAULT (''),
  created_at DATETIME NOT NULL,
  UNIQUE KEY exclusion_range (site_id, first, last, reason)
);
