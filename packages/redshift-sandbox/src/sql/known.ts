const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** @see https://docs.aws.amazon.com/redshift/latest/dg/c_Aggregate_Functions.html */
export const aggregateFunctions: ReadonlySet<string> = words(`
  any_value avg count max min median listagg stddev stddev_samp stddev_pop sum var_samp var_pop variance
  percentile_cont percentile_disc bit_and bit_or bool_and bool_or
`);

/**
 * Functions that Redshift has. A name that is not here is refused before PostgreSQL sees it, whatever PostgreSQL could do with it:
 * that keeps out what PostgreSQL added after 8.0 and everything that reaches files, other servers or the session's identity.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions.html
 */
export const knownFunctions: ReadonlySet<string> = new Set([
  ...aggregateFunctions,
  ...words(`
  cume_dist dense_rank first_value last_value
  lag lead nth_value ntile percent_rank rank row_number nvl nvl2 decode to_char to_date to_number to_timestamp
  add_months convert_timezone date_cmp date_cmp_timestamp date_cmp_timestamptz date_part date_trunc dateadd
  datediff extract getdate interval_cmp last_day months_between next_day sysdate timeofday timestamp_cmp
  timestamp_cmp_date timestamp_cmp_timestamptz timestamptz_cmp timestamptz_cmp_date timestamptz_cmp_timestamp
  timezone trunc now age isfinite overlaps func_sha1 fnv_hash md5 sha sha1 sha2 crc32 is_valid_json
  is_valid_json_array can_json_parse json_array_length json_extract_array_element_text json_extract_path_text
  json_parse json_serialize json_size json_typeof abs acos asin atan atan2 cbrt ceil ceiling cos cot degrees dexp dlog1
  dlog10 exp floor ln log mod pi pow power radians random round sign sin sqrt strtol tan to_hex ascii
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
  aclcontains aclitemin aclitemout makeaclitem textin textout int4in regprocedureout regclassout regtypeout byteaout string_to_array generate_series pg_client_encoding pg_encoding_to_char
  pg_stat_get_numscans pg_tablespace_databases pg_timezone_names pg_timezone_abbrevs
`),
]);

/** Documented functions that the engine lacks, besides the spatial ones (`st_…`). */
export const missingFunctions: ReadonlySet<string> = words(`
  addbbox array array_concat array_flatten change_query_priority change_session_priority change_user_priority checksum current_aws_account current_namespace db_collation
  decimal_precision decimal_scale default_iam_role difference dropbbox explain_model farmfingerprint64
  from_hex from_varbyte geometrytype getbit has_assumerole_privilege hll hll_cardinality hll_combine hll_combine_sketches
  hll_create_sketch is_bigint is_char is_decimal is_float is_integer is_smallint json_serialize_to_varbyte
  last_user_query_id mask_get_policy_for_role_on_column mask_get_policy_for_user_on_column murmur3_32_hash object octetindex pg_get_grantee_by_iam_role
  pg_get_iam_role_by_user pg_get_session_roles proc_is_rls_safe reboot_cluster
  size slice_num soundex split_to_array subarray supportsbbox text_to_int_alt text_to_numeric_alt to_varbyte
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

/** The views of information_schema that there were in PostgreSQL 8.0. */
export const knownInformation: ReadonlySet<string> = words(`
  applicable_roles check_constraints column_domain_usage column_privileges column_udt_usage columns constraint_column_usage
  constraint_table_usage data_type_privileges domain_constraints domain_udt_usage domains element_types enabled_roles
  information_schema_catalog_name key_column_usage parameters referential_constraints role_column_grants role_routine_grants
  role_table_grants role_usage_grants routine_privileges routines schemata sql_features sql_implementation_info sql_languages
  sql_packages sql_sizing sql_sizing_profiles table_constraints table_privileges tables triggered_update_columns triggers
  usage_privileges view_column_usage view_table_usage views
`);

/** Names of system views and tables that are Redshift's own. */
export const systemPrefix = /^(?:stl|stv|svl|svv|svcs|sys)_/;

/**
 * Documented relations of the system that the sandbox lacks, so that they are named and no missing table is.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_system-tables.html
 */
export const missingRelations: ReadonlySet<string> = words(`
  stl_aggr stl_alert_event_log stl_analyze stl_analyze_compression stl_bcast stl_commit_stats stl_connection_log stl_ddltext
  stl_delete stl_disk_full_diag stl_dist stl_error stl_explain stl_file_scan stl_hash stl_hashjoin stl_insert stl_limit stl_merge
  stl_mergejoin stl_nestloop stl_parse stl_plan_info stl_project stl_query stl_query_metrics stl_querytext stl_replacements
  stl_restarted_sessions stl_return stl_s3client stl_s3client_error stl_save stl_scan stl_schema_quota_violations stl_sessions
  stl_sort stl_sshclient_error stl_stream_segs stl_tr_conflict stl_unique stl_usage_control stl_userlog stl_utilitytext stl_vacuum
  stl_window stl_wlm_error stl_wlm_query stl_wlm_rule_action stv_active_cursors stv_blocklist stv_cursor_configuration
  stv_db_isolation_level stv_exec_state stv_inflight stv_load_state stv_ml_model_info stv_node_storage_capacity stv_partitions
  stv_query_metrics stv_startup_recovery_state stv_tbl_perm stv_tbl_trans stv_wlm_classification_config stv_wlm_qmr_config
  stv_wlm_query_queue_state stv_wlm_query_state stv_wlm_query_task_state stv_wlm_service_class_config stv_wlm_service_class_state
  svcs_alert_event_log svcs_compile svcs_concurrency_scaling_usage svcs_explain svcs_plan_info svcs_query_summary svcs_s3list
  svcs_s3log svcs_s3partition_summary svcs_s3query_summary svcs_stream_segs svcs_unload_log svl_auto_worker_action svl_compile
  svl_datashare_change_log svl_datashare_cross_region_usage svl_datashare_usage_consumer svl_datashare_usage_producer
  svl_federated_query svl_multi_statement_violations svl_qerror svl_qlog svl_query_metrics svl_query_metrics_summary
  svl_query_queue_info svl_query_report svl_query_summary svl_s3list svl_s3log svl_s3partition svl_s3partition_summary svl_s3query
  svl_s3query_summary svl_s3retries svl_spatial_simplify svl_spectrum_scan_error svl_statementtext svl_stored_proc_call
  svl_stored_proc_messages svl_terminate svl_udf_log svl_vacuum_percentage svv_alter_table_recommendations svv_datashare_consumers
  svv_datashare_privileges svv_diskusage svv_external_databases svv_external_partitions svv_function_privileges
  svv_identity_providers svv_interleaved_columns svv_language_privileges svv_ml_model_info svv_ml_model_privileges
  svv_query_inflight svv_query_state svv_redshift_functions svv_rls_applied_policy svv_schema_quota_state svv_vacuum_progress
  svv_vacuum_summary sys_connection_log sys_copy_job sys_datashare_change_log sys_datashare_usage_consumer
  sys_datashare_usage_producer sys_external_query_detail sys_load_detail sys_query_detail sys_query_history sys_serverless_usage
  sys_stream_scan_errors sys_stream_scan_states sys_unload_history sys_query_text sys_query_explain sys_session_history
  sys_procedure_call sys_procedure_messages sys_vacuum_history sys_analyze_history sys_analyze_compression_history sys_userlog
  sys_udf_log sys_copy_replacements sys_integration_activity sys_integration_table_state_change sys_spatial_simplify
  sys_external_query_error pg_statistic_indicator pg_highwatermark pg_test
`);

/** Those that Redshift Serverless lets nobody read; SVV_ and SYS_ are there for both editions. */
export const provisionedPrefix = /^(?:stl|stv|svl|svcs)_/;

/** Types that a cast may name besides Redshift's: those of the catalogs, which the leader node knows. */
export const knownTypes: ReadonlySet<string> = words(`
  int2 int4 int8 numeric float4 float8 bool bpchar varchar text date time timetz timestamp timestamptz interval super
  name oid regclass regproc regprocedure regtype regoper regoperator aclitem char xid cid tid oidvector int2vector unknown
`);

/** Operators that Redshift documents, and those of PostgreSQL 8.0 that its catalogs are read with. */
export const knownOperators: ReadonlySet<string> = words(`
  + - * / % ^ |/ ||/ @ & | # ~ << >> = <> < > <= >= || ~~ !~~ ~~* !~~* ~* !~ !~*
`);
