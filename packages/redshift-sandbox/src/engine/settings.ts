/** What `initdb` is told; part of the template's key. The block of WAL is small because each start copies it. */
export const INITDB_OPTIONS: readonly string[] = [
  "--username=rdsdb",
  "--encoding=UTF8",
  "--locale=C",
  "--auth=md5",
  "--wal-segsize=1",
  "--no-sync",
  "--no-instructions",
  "--set=password_encryption=md5",
];

/** Clients at once; the next one is refused. */
export const CLIENT_CONNECTIONS = 100;
/** PostgreSQL connections beyond those of clients, for the sandbox itself. */
export const INTERNAL_CONNECTIONS = 16;

/**
 * Settings of every start, given on the command line so that they do not depend on the age of a data directory.
 * The first three are DESIGN.md's decision 3. Durability is off: a sandbox that is killed stops in order and loses
 * nothing, a killed PostgreSQL may lose the last second, a power cut the data.
 */
export const SERVER_SETTINGS: Readonly<Record<string, string>> = {
  standard_conforming_strings: "off",
  backslash_quote: "on",
  escape_string_warning: "off",
  password_encryption: "md5",
  TimeZone: "UTC",
  log_timezone: "UTC",
  DateStyle: "ISO, MDY",
  lc_messages: "C",
  listen_addresses: "",
  unix_socket_permissions: "0700",
  port: "5432",
  max_connections: String(CLIENT_CONNECTIONS + INTERNAL_CONNECTIONS),
  superuser_reserved_connections: "0",
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_logical_replication_workers: "0",
  max_wal_size: "512MB",
  min_wal_size: "4MB",
  jit: "off",
  max_parallel_workers_per_gather: "0",
  shared_buffers: "32MB",
  work_mem: "8MB",
  maintenance_work_mem: "32MB",
  max_locks_per_transaction: "256",
  // In the data directory, not in /dev/shm: small in containers, and left behind by a kill.
  dynamic_shared_memory_type: "mmap",
  allow_alter_system: "off",
  log_min_messages: "log",
  log_statement: "none",
};

/** Only `rdsdb` enters template1: it is cloned by CREATE DATABASE, which fails while others are in it. */
export const CLIENT_AUTHENTICATION = `local template1 rdsdb md5
local template1 all reject
local all all md5
`;
