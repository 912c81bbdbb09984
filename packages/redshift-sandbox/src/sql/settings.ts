import { SqlError, notImitated } from "../errors.ts";
import { literal } from "./names.ts";
import type { Reader } from "./reader.ts";

/** Parameters that PostgreSQL itself knows and that Redshift documents. */
const native: ReadonlySet<string> = new Set([
  "application_name",
  "client_encoding",
  "client_min_messages",
  "datestyle",
  "extra_float_digits",
  "search_path",
  "statement_timeout",
  "timezone",
]);

/** Parameters that may be shown, not set. */
const readOnly: ReadonlySet<string> = new Set([
  "integer_datetimes",
  "is_superuser",
  "lc_collate",
  "lc_ctype",
  "max_index_keys",
  "server_encoding",
  "session_authorization",
  "transaction_isolation",
  "transaction_read_only",
]);

/**
 * Parameters that only Redshift has, with their defaults: kept as custom settings `redshift.NAME`.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_ConfigurationRef.html
 */
const redshiftDefaults: Readonly<Record<string, string>> = {
  analyze_threshold_percent: "10",
  auto_analyze: "true",
  auto_mv: "true",
  cast_super_null_on_error: "true",
  datashare_break_glass_session_var: "",
  default_geometry_encoding: "1",
  describe_field_name_in_uppercase: "off",
  downcase_delimited_identifier: "on",
  enable_case_sensitive_identifier: "off",
  enable_case_sensitive_super_attribute: "off",
  enable_numeric_rounding: "on",
  enable_result_cache_for_session: "on",
  enable_spectrum_oid: "true",
  enable_vacuum_boost: "off",
  error_on_nondeterministic_update: "off",
  interval_forbid_composite_literals: "off",
  json_parse_dedup_attributes: "off",
  json_parse_truncate_strings: "off",
  json_serialization_enable: "off",
  json_serialization_parse_nested_strings: "off",
  max_concurrency_scaling_clusters: "1",
  max_cursor_result_set_size: "0",
  mv_enable_aqmv_for_session: "true",
  navigate_super_null_on_error: "on",
  parse_super_null_on_error: "off",
  pg_federation_repeatable_read: "on",
  query_group: "unset",
  spectrum_enable_pseudo_columns: "true",
  spectrum_enable_spectrum_oid: "true",
  spectrum_query_maxerror: "-1",
  stored_proc_log_min_messages: "LOG",
  use_fips_ssl: "false",
  wlm_query_slot_count: "1",
};

/** Switches that change what a statement does, and that the sandbox knows in one position only: their default. */
const fixed: ReadonlySet<string> = new Set([
  "cast_super_null_on_error",
  "describe_field_name_in_uppercase",
  "downcase_delimited_identifier",
  "enable_numeric_rounding",
  "error_on_nondeterministic_update",
  "interval_forbid_composite_literals",
  "json_parse_dedup_attributes",
  "json_parse_truncate_strings",
  "parse_super_null_on_error",
]);

/** Known to PostgreSQL and dangerous, or decided by the sandbox. */
const refused: ReadonlySet<string> = new Set([
  "allow_system_table_mods",
  "backslash_quote",
  "escape_string_warning",
  "role",
  "session_replication_role",
  "standard_conforming_strings",
]);

/** A parameter as PostgreSQL gets it. */
export interface Setting {
  /** Ready to stand behind SET. */
  readonly sql: string;
  readonly native: boolean;
  /** Value of a Redshift parameter that nobody has set. */
  readonly default: string | undefined;
}

/** @throws SqlError 42704 when Redshift has no such parameter, 42501 when the sandbox keeps it. */
export function postgresSetting(name: string): Setting {
  const folded = name.toLowerCase();
  if (refused.has(folded)) throw new SqlError("42501", `permission denied to set parameter "${folded}"`);
  if (native.has(folded)) return { sql: folded, native: true, default: undefined };
  if (Object.hasOwn(redshiftDefaults, folded))
    return { sql: `redshift.${folded}`, native: false, default: redshiftDefaults[folded] };
  throw new SqlError("42704", `unrecognized configuration parameter "${folded}"`);
}

/** The value of a parameter, as an expression. */
export function currentSetting({ sql, native, default: absent }: Setting): string {
  // r_search_path shows it without the quotes that PostgreSQL puts around a name with a dollar sign.
  if (sql === "search_path")
    return `pg_catalog.replace(pg_catalog.current_setting('search_path'), '"$user"', '$user')`;
  return native || absent === undefined
    ? `pg_catalog.current_setting(${literal(sql)})`
    : `pg_catalog.current_setting(${literal(sql)}, ${literal(absent)}, true)`;
}

/** A parameter that only Redshift has; undefined for any other name. */
export function redshiftSetting(name: string): Setting | undefined {
  const folded = name.toLowerCase();
  return Object.hasOwn(redshiftDefaults, folded) ? postgresSetting(folded) : undefined;
}

/** Like `postgresSetting`, for SHOW. */
export function shownSetting(name: string): Setting {
  return readOnly.has(name) ? { sql: name, native: true, default: undefined } : postgresSetting(name);
}

/** Names for SHOW ALL, in order. */
export function allSettings(): readonly string[] {
  return [...native, ...Object.keys(redshiftDefaults)].sort();
}

/**
 * The value of a SET of this parameter: one or several, as PostgreSQL takes them; undefined is DEFAULT.
 * @throws SqlError for what a cluster refuses, and for the sandbox's own schema in a search path
 */
export function readSettingValue(reader: Reader, name: string): string | undefined {
  if (reader.accept("default")) return undefined;
  const values = reader.list(() => {
    const negative = reader.acceptMark("-") ? "-" : "";
    const token = reader.next();
    if (token.kind === "number") return { text: `${negative}${token.value}`, isNumber: true };
    if (negative !== "") throw reader.error(token);
    if (token.kind === "quoted") return { text: reader.names.mapped(token.value), isNumber: false };
    if (token.kind === "string" || token.kind === "word") return { text: token.value, isNumber: false };
    throw reader.error(token);
  });
  for (const { text } of values) checkValue(name.toLowerCase(), text);
  return values.map(({ text, isNumber }) => (isNumber ? text : literal(text))).join(", ");
}

/** What a client may call UTF-8, which is all that Redshift speaks. @see facts.md 6.4 */
const encodings: ReadonlySet<string> = new Set(["utf8", "unicode"]);

/** @throws SqlError for a value that a cluster refuses, or the sandbox does not imitate */
export function checkValue(name: string, value: string): void {
  if (fixed.has(name) && isOn(value) !== isOn(redshiftDefaults[name] ?? ""))
    throw notImitated(`${name} = ${value}`);
  const range = ranges[name];
  if (range !== undefined) checkRange(name, value, range);
  if (/^(?:on|off|true|false)$/.test(redshiftDefaults[name] ?? "") && !booleans.has(value.toLowerCase()))
    throw new SqlError("22023", `parameter "${name}" requires a Boolean value`);
  if (name === "client_encoding" && !encodings.has(value.replace(/[^A-Za-z0-9]/g, "").toLowerCase()))
    throw new SqlError("22023", `invalid value for parameter "client_encoding": "${value}"`, {
      hint: "Redshift speaks UTF-8 only.",
    });
  // A path through it would find the sandbox's own tables, and functions of the server that it has put aside.
  if (name === "search_path" && value.toLowerCase().includes("redshift_sandbox"))
    throw new SqlError("42501", "permission denied for schema redshift_sandbox");
}

/** Whether a switch that is set so is on. */
export function isOn(value: string): boolean {
  return ["on", "true", "yes", "1"].includes(value.toLowerCase());
}

const booleans: ReadonlySet<string> = new Set(["on", "off", "true", "false", "yes", "no", "1", "0"]);

/** The values that a parameter may have. @see https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_ConfigurationRef.html */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  analyze_threshold_percent: [0, 100],
  // Drivers that ask for 3 fail on a cluster as well.
  extra_float_digits: [-15, 2],
  wlm_query_slot_count: [1, 50],
};

function checkRange(name: string, value: string, [least, most]: readonly [number, number]): void {
  const number = value.trim() === "" ? NaN : Number(value);
  if (!(number >= least && number <= most))
    throw new SqlError(
      "22023",
      `${value} is outside the valid range for parameter "${name}" (${least} .. ${most})`,
    );
}
