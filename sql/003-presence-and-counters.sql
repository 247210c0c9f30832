-- Bits of the open days (presence_slot), closed days packed (presence_day),
-- and the 288-slot counters that closed days are folded into.

CREATE TABLE IF NOT EXISTS presence_slot (
  site_id SMALLINT UNSIGNED NOT NULL,
  block INT UNSIGNED NOT NULL,
  day DATE NOT NULL,
  slot SMALLINT UNSIGNED NOT NULL,
  seen_0 BIGINT UNSIGNED NOT NULL,
  seen_1 BIGINT UNSIGNED NOT NULL,
  seen_2 BIGINT UNSIGNED NOT NULL,
  seen_3 BIGINT UNSIGNED NOT NULL,
  asked_0 BIGINT UNSIGNED NOT NULL,
  asked_1 BIGINT UNSIGNED NOT NULL,
  asked_2 BIGINT UNSIGNED NOT NULL,
  asked_3 BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (site_id, block, day, slot)
);

CREATE TABLE IF NOT EXISTS presence_day (
  site_id SMALLINT UNSIGNED NOT NULL,
  block INT UNSIGNED NOT NULL,
  day DATE NOT NULL,
  seen BLOB NOT NULL,
  asked BLOB NOT NULL,
  PRIMARY KEY (site_id, block, day)
);

CREATE TABLE IF NOT EXISTS counter (
  site_id SMALLINT UNSIGNED NOT NULL,
  ip INT UNSIGNED NOT NULL,
  active BLOB NOT NULL,
  total BLOB NOT NULL,
  folded_through DATE NOT NULL,
  PRIMARY KEY (site_id, ip)
);
