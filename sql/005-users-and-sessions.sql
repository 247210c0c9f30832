-- Who may log in, their sessions (ids stored hashed) and the tries at logging in.

CREATE TABLE IF NOT EXISTS user (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(64) NOT NULL,
  password_hash VARCHAR(255) NOT NULL,
  role ENUM('viewer', 'operator', 'administrator') NOT NULL,
  must_change_password BOOLEAN NOT NULL DEFAULT FALSE,
  disabled BOOLEAN NOT NULL DEFAULT FALSE,
  created_at DATETIME NOT NULL,
  last_login DATETIME NULL,
  UNIQUE KEY user_name (name)
);

CREATE TABLE IF NOT EXISTS session (
  id_hash BINARY(32) NOT NULL PRIMARY KEY,
  user_id INT UNSIGNED NULL,
  data TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  used_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  client VARCHAR(64) NOT NULL DEFAULT '',
  KEY session_by_user (user_id),
  KEY session_expiry (expires_at)
);

CREATE TABLE IF NOT EXISTS login_attempt (
  `key` VARCHAR(255) NOT NULL PRIMARY KEY,
  points INT NOT NULL DEFAULT 0,
  expire BIGINT UNSIGNED NULL
);
