export { Redshift } from "./redshift.ts";
export type { KyselyInstance } from "./kysely/instance.ts";
export type { CacheOptions, ReadOptions, RunOptions } from "./redshift.ts";
export type { ClusterIamOptions, IamDuration, IamOptions, WorkgroupIamOptions } from "./settings/iam.ts";
export { layerSettings, layerSource } from "./settings/layers.ts";
export type { LayeredSettings, NamedOptions, SettingOrigin } from "./settings/layers.ts";
export type { RedshiftOptions } from "./settings/options.ts";
export { checkConfig, looksLikeProfile } from "./settings/profile-check.ts";
export type { Environment } from "./settings/resolve.ts";
export { profileOptions } from "./settings/profile-values.ts";
export type { ProfilePlace } from "./settings/profile-values.ts";
export { defineConfig } from "./settings/profile.ts";
export type {
  Profile,
  SettingReference,
  SettingValue,
  ShiftmanagerConfig,
  SourceProfile,
} from "./settings/profile.ts";
export type { SslMode } from "./settings/ssl.ts";
export type { DryRun, EstimatedFigure, TransferEstimate } from "./estimate.ts";
export type { EventHandler, LoadPhase, ShiftmanagerEvent } from "./events.ts";
export type { Mention, Wording } from "./wording.ts";
export type { Notice, QueryOptions, QueryResult, Row, Session } from "./session.ts";

export {
  BatchError,
  ConnectionError,
  LoadError,
  NotFoundError,
  OptionsError,
  ShiftmanagerError,
  StatementError,
  StorageError,
} from "./errors.ts";
export type { BatchProgress, LoadFailure, ServerReport } from "./errors.ts";

export { Batch } from "./sql/batch.ts";
export type { BatchJSON, BatchOptions, Facts, Step } from "./sql/batch.ts";
export type { ExecuteOptions } from "./sql/execute.ts";
export { Fragment, secretMark } from "./sql/fragment.ts";
export type { ToSQLOptions } from "./sql/fragment.ts";
export type { TextOptions } from "./sql/from-text.ts";
export { tokenize } from "./sql/lexer.ts";
export type { Dialect, Token, TokenKind } from "./sql/lexer.ts";
export type { Parameters, ParameterValue } from "./sql/mogrify.ts";
export { identifier, keyword, list, literal, qualifiedName, raw, secret, userName } from "./sql/quote.ts";
export { join, sql } from "./sql/sql.ts";
export type { Separator } from "./sql/sql.ts";
export type { Statement, TransactionRule } from "./sql/statement.ts";

export type { AlterUserOptions } from "./users/alter-user.ts";
export type { CreateUserOptions } from "./users/create-user.ts";
export type { DropUserOptions } from "./users/drop-user.ts";
export type { CreateGroupOptions } from "./users/groups.ts";
export type { ParameterSetting, UserParameters } from "./users/parameters.ts";
export type { PasswordHash } from "./users/password.ts";
export { randomPassword } from "./users/random-password.ts";
export type { UserOptions } from "./users/user-options.ts";

export type { Compression } from "./load/postgres/compression.ts";
export type { SourceFormat } from "./load/postgres/copy-out-statement.ts";
export type { ValueRules } from "./load/postgres/value-rules.ts";
export type { SourceRows } from "./load/postgres/source-query.ts";
export type { CopyTableToRedshiftOptions } from "./load/postgres/load-plan.ts";
export type { CopyTableToRedshiftReport } from "./load/postgres/table-to-redshift.ts";
export type { CopyTableToS3Options, CopyTableToS3Report } from "./load/postgres/table-to-s3.ts";
export type { TransferOptions } from "./load/postgres/transfer-options.ts";
export type { PgConnectionOptions } from "./settings/source.ts";
export { genJsonpaths } from "./load/gen-jsonpaths.ts";
export type { GenJsonpathsOptions, JsonObject, Jsonpaths, JsonValue } from "./load/gen-jsonpaths.ts";
export type { CheckedFailure, DocumentPlace } from "./load/check/findings.ts";
export type { CheckJsonLoadOptions, LoadCheckReport } from "./load/check/json-check.ts";
export { chunkedJsonSlices } from "./load/chunked-json-slices.ts";
export type { ChunkedJsonSlicesOptions, JsonSlices } from "./load/chunked-json-slices.ts";
export type { JsonSource } from "./load/json-source.ts";
export type { PhaseSeconds } from "./load/phases.ts";
export { JsonDocuments, readJsonDocuments } from "./load/json-documents.ts";
export type { SourceSize } from "./load/json-documents.ts";
export { JsonText } from "./load/json-text.ts";
export type { JsonpathsOption } from "./load/column-plan.ts";
export type { CopyConversions } from "./load/copy-conversions.ts";
export type { CopyJsonToTableOptions, LoadReport } from "./load/load-options.ts";
export type { PastLoad, RunIdOptions } from "./load/ledger/ledger.ts";
export type { MergeOptions, OnDuplicate } from "./load/merge/merge-options.ts";
export type { CleanedRun, CleanLoadsOptions } from "./load/runs/clean-runs.ts";
export type { FoundRun } from "./load/runs/find-runs.ts";
export type { RunOwner } from "./load/runs/owner.ts";
export type { RunState } from "./load/runs/run-state.ts";
export type { AwsAuthorization, AwsKeys, AwsRole } from "./s3/credentials.ts";
export type { Bucket } from "./adapters/s3-bucket.ts";
export type { ObjectEncryption, ObjectInfo, ObjectLocation, PutOptions } from "./session.ts";
export type { BucketInput, FileInput, KeyInput, WriteOptions, WrittenObject } from "./s3/write-object.ts";
export type { UnloadedFile } from "./s3/manifest.ts";
export { parseS3Uri } from "./s3/uri.ts";
export type { S3Prefix } from "./s3/uri.ts";
export type {
  UnloadExisting,
  UnloadFormat,
  UnloadReport,
  UnloadTableOptions,
} from "./unload/unload-options.ts";

export type { Grant, Grantee, ObjectGrant, SchemaPrivilege, TablePrivilege } from "./catalog/acl.ts";
export type {
  Catalog,
  CatalogColumn,
  CatalogForeignKey,
  CatalogKey,
  CatalogName,
  CatalogRelation,
  CatalogSchema,
  CatalogTable,
  CatalogView,
} from "./catalog/catalog.ts";
export { nearestName } from "./nearest-name.ts";
export type { DatabaseGroup } from "./catalog/groups.ts";
export type { DatabaseUser, UserDetails } from "./catalog/users.ts";
export type { RelationInput, RelationName } from "./catalog/relation-name.ts";
export type { Diststyle, FindOptions } from "./catalog/tables.ts";
export type { View, ViewKind } from "./catalog/views.ts";
export type { Encoding } from "./ddl/create-table.ts";
export type { DeduplicateOptions } from "./tables/deduplicate.ts";
export type { DependentsChoice } from "./tables/dependent-views.ts";
export type { DeepCopyOptions } from "./tables/deep-copy-options.ts";
export type { ColumnOverride, ColumnOverrides } from "./tables/column-overrides.ts";
export type { DesignOverrides, TableOverrides } from "./tables/design-overrides.ts";
export type { IdentityChoice } from "./tables/identity.ts";
export { Table } from "./tables/table.ts";
export type { TableColumn } from "./tables/table.ts";
export type { Collation } from "./catalog/collations.ts";
export type { Identity } from "./catalog/columns.ts";
export type { Sortkey } from "./ddl/create-table.ts";
export type { TableDefinitionOptions } from "./tables/table-definition.ts";
export type { ViewDefinitionOptions } from "./tables/view-definition.ts";
export type { SchemaDefinitionOptions } from "./tables/schema-definition.ts";
