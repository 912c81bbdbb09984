import type { Mention } from "../index.ts";

/**
 * What the command has in place of an option, of one of its values, or of a call of the library. Names without an entry
 * are those that no flag stands for.
 */
export const flagNames: Readonly<Record<string, string>> = {
  acceptinvchars: "--acceptinvchars",
  add: "--add-column",
  alterUser: "user alter",
  allowPartialPrivileges: "--allow-partial-privileges",
  analyzeCompression: "--analyze-compression",
  assumeNoPolicies: "--assume-no-policies",
  cascade: "--cascade",
  "check: false": "--no-check",
  columns: "--columns",
  commitEachManifest: "--commit-each-manifest",
  compression: "--compression",
  copyJsonToTable: "load json",
  copyTableToRedshift: "load postgres",
  createUser: "user create",
  connectionLimit: "--connection-limit",
  createTable: "--create-table",
  deduplicateOrderBy: "--order-by",
  deduplicatePartitionBy: "--deduplicate-by",
  dateformat: "--dateformat",
  deepCopy: "table deep-copy",
  "deepCopy.columns": "--column",
  deleteStatement: "--delete",
  distinct: "--distinct",
  distkey: "--distkey",
  dependents: "--dependents",
  diststyle: "--diststyle",
  encodings: "--encode",
  existing: "--existing",
  farDates: "--far-dates",
  iamRole: "--iam-role",
  identity: "--identity",
  infinity: "--infinity",
  interleavedSortkey: "--interleaved-sortkey",
  jsonNumbers: "--json-numbers",
  jsonpaths: "--jsonpaths",
  lockTimeoutMs: "--lock-timeout-ms",
  lineBytes: "--line-bytes",
  longText: "--long-text",
  manifestMaxKeys: "--manifest-max-keys",
  mergeOn: "--merge-on",
  nan: "--nan",
  nulCharacters: "--nul-characters",
  nullAs: "--null-as",
  "new Redshift()": "a profile of a config file",
  nullKeys: "--null-keys",
  "parameters.null": "--reset",
  onDuplicate: "--on-duplicate",
  orderBy: "--order-by",
  passwordHash: "--password-hash",
  olderThanMs: "--older-than",
  parameters: "--set",
  pgSelectStatement: "--from-query",
  pgTableName: "--from-table",
  "randomPassword()": "--generate-password",
  region: "--region",
  runId: "--run-id",
  runsTable: "--runs-table",
  schema: "--schema",
  sessions: "--sessions",
  sessionTimeoutSeconds: "--session-timeout",
  "setAwsCredentials()": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
  slices: "--slices",
  sortkey: "--sortkey",
  "source.database": "--source-database",
  "source.host": "--source-host",
  "source.user": "--source-user",
  stagingPrefix: "--staging-prefix",
  suffix: "--suffix",
  surplusDecimals: "--surplus-decimals",
  tableDefinition: "table show",
  timeformat: "--timeformat",
  "transaction: split": "--split",
  truncatecolumns: "--truncatecolumns",
  unloadTableToS3: "unload",
  validUntil: "--valid-until",
  verify: "--verify",
  viewDefinition: "view show",
  where: "--where",
};

/** A mention as the command line writes it: `--cascade`, `--null-keys keep`; the library's own name where no flag stands for it. */
export function asFlag({ name, value, of }: Mention): string {
  const whole = flagNames[`${name}: ${String(value)}`];
  if (whole !== undefined) return whole;
  const flag = flagNames[of === undefined ? name : `${of}.${name}`];
  if (flag === undefined) return value === undefined ? name : `${name}: ${JSON.stringify(value)}`;
  return typeof value === "string" ? `${flag} ${shellWord(value)}` : flag;
}

/** As a shell takes it for one word. */
function shellWord(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
