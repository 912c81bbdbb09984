const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/**
 * Functions that Redshift has. A name that is not here is refused before PostgreSQL sees it, whatever PostgreSQL could do with it:
 * that keeps out what PostgreSQL added after 8.0 and everything that reaches files, other servers or the session's identity.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions.html
 */
export const knownFunctions: ReadonlySet<string> = words(`
  any_value avg count max min median listagg stddev stddev_samp stddev_pop sum var_samp var_pop variance
  percentile_cont percentile_disc bit_and bit_or bool_and bool_or cume_dist dense_rank first_value last_value
  lag lead nth_value ntile percent_rank rank row_number nvl nvl2 decode to_char to_date to_number to_timestamp
  add_months convert_timezone date_cmp date_cmp_timestamp date_cmp_timestamptz date_part date_trunc dateadd
  datediff extract getdate interval_cmp last_day months_between next_day sysdate timeofday timestamp_cmp
  timestamp_cmp_date timestamp_cmp_timestamptz timestamptz_cmp timestamptz_cmp_date timestamptz_cmp_timestamp
  timezone trunc now age isfinite overlaps func_sha1 fnv_hash md5 sha sha1 sha2 crc32 is_valid_json
  is_valid_json_array can_json_parse json_array_length json_extract_array_element_text json_extract_path_text
  json_parse json_serialize json_typeof abs acos asin atan atan2 cbrt ceil ceiling cos cot degrees dexp dlog1
  dlog10 exp floor ln log mod pi pow power radians random round sign sin sqrt strtol tan to_hex from_hex ascii
  bpcharcmp btrim bttext_pattern_cmp char_length character_length charindex chr concat initcap left len length
  lower lpad ltrim octet_length position quote_ident quote_literal regexp_count regexp_instr regexp_replace
  regexp_substr repeat replace replicate reverse right rpad rtrim split_part strpos substr substring textlen
  date_part_year datepart get_array_length is_array is_boolean is_object is_scalar is_varchar pgdate_part
  translate upper like_escape similar_to_escape get_byte set_bit set_byte to_ascii current_database
  current_schema current_schemas current_setting current_user current_user_id session_user user has_database_privilege has_schema_privilege
  has_table_privilege pg_backend_pid pg_get_cols pg_get_late_binding_view_cols
  pg_last_copy_count pg_last_copy_id pg_last_query_id pg_last_unload_count pg_last_unload_id pg_get_viewdef
  pg_get_userbyid pg_get_expr pg_get_constraintdef pg_get_indexdef pg_get_ruledef pg_get_triggerdef pg_table_is_visible
  pg_type_is_visible pg_function_is_visible format_type obj_description col_description set_config version
  user_is_member_of role_is_member_of pg_cancel_backend pg_terminate_backend format_encoding array_to_string array_upper array_lower array_append
  aclcontains aclitemin aclitemout textin textout int4in generate_series pg_client_encoding pg_encoding_to_char
  pg_stat_get_numscans pg_tablespace_databases pg_timezone_names pg_timezone_abbrevs
`);

/** Documented functions that the engine lacks, besides the spatial ones (`st_…`). */
export const missingFunctions: ReadonlySet<string> = words(`
  addbbox array array_concat array_flatten checksum current_aws_account current_namespace db_collation
  decimal_precision decimal_scale default_iam_role difference dropbbox explain_model farmfingerprint64
  from_varbyte geometrytype getbit has_assumerole_privilege hll hll_cardinality hll_combine hll_combine_sketches
  hll_create_sketch is_bigint is_char is_decimal is_float is_integer is_smallint json_serialize_to_varbyte
  json_size last_user_query_id murmur3_32_hash object octetindex pg_get_grantee_by_iam_role
  pg_get_iam_role_by_user pg_get_session_roles proc_is_rls_safe reboot_cluster
  slice_num soundex split_to_array subarray supportsbbox text_to_int_alt text_to_numeric_alt to_varbyte
`);

/**
 * Catalog relations that Redshift shows under PostgreSQL's names, and its own `pg_…` ones. pg_collation is neither: psql's `\d` asks for
 * it beside the columns of every table.
 */
export const knownCatalogs: ReadonlySet<string> = words(`
  pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_attribute_info pg_cast pg_class pg_class_info pg_collation pg_conf
  pg_constraint pg_conversion pg_database pg_database_info pg_default_acl pg_depend pg_description pg_external_schema pg_group
  pg_highwatermark pg_index pg_indexes pg_inherits pg_language pg_library pg_listener pg_locks pg_namespace pg_opclass
  pg_operator pg_proc pg_proc_info pg_rewrite pg_rules pg_settings pg_shadow pg_stat_activity pg_stat_all_tables
  pg_stat_database pg_stat_user_tables pg_statistic pg_statistic_indicator pg_stats pg_table_def pg_tables pg_tablespace
  pg_test pg_timezone_abbrevs pg_timezone_names pg_trigger pg_type pg_user pg_user_info pg_views
`);

/** Names of system views and tables that are Redshift's own. */
export const systemPrefix = /^(?:stl|stv|svl|svv|svcs|sys)_/;

/** Those that Redshift Serverless lets nobody read; SVV_ and SYS_ are there for both editions. */
export const provisionedPrefix = /^(?:stl|stv|svl|svcs)_/;

/** Types that a cast may name besides Redshift's: those of the catalogs, which the leader node knows. */
export const knownTypes: ReadonlySet<string> = words(`
  int2 int4 int8 numeric float4 float8 bool bpchar varchar text date time timetz timestamp timestamptz interval jsonb
  name oid regclass regproc regprocedure regtype regoper regoperator aclitem char xid cid tid oidvector int2vector unknown
`);

/** Operators that Redshift documents, and those of PostgreSQL 8.0 that its catalogs are read with. */
export const knownOperators: ReadonlySet<string> = words(`
  + - * / % ^ |/ ||/ @ & | # ~ << >> = <> < > <= >= || ~~ !~~ ~~* !~~* ~* !~ !~*
`);
