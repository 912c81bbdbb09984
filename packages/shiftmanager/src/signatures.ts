import {
  anything,
  either,
  flag,
  isPlainObject,
  kind,
  nameOrNames,
  names,
  optional,
  options,
  orNull,
  relation,
  signal,
  text,
  choice,
} from "./kinds.ts";
import { jsonpathsKind } from "./load/column-plan.ts";
import { checkJsonKinds } from "./load/check/json-check.ts";
import { jsonSource } from "./load/json-source.ts";
import { copyJsonKinds } from "./load/load-options.ts";
import { copyTableToRedshiftKinds } from "./load/postgres/load-plan.ts";
import { copyTableToS3Kinds } from "./load/postgres/table-to-s3.ts";
import { cleanLoadsKinds } from "./load/runs/clean-runs.ts";
import { bucketKind, fileKind, keyKind, writeKinds } from "./s3/write-object.ts";
import { redshiftKinds } from "./settings/options.ts";
import { pgConnectionKinds } from "./settings/source.ts";
import { Batch } from "./sql/batch.ts";
import { deepCopyKinds } from "./tables/deep-copy-options.ts";
import { overrideKinds } from "./tables/design-overrides.ts";
import { schemaDefinitionKinds } from "./tables/schema-definition.ts";
import { tableDefinitionKinds } from "./tables/table-definition.ts";
import { viewDefinitionKinds } from "./tables/view-definition.ts";
import { alterUserKinds } from "./users/alter-user.ts";
import { createUserKinds } from "./users/create-user.ts";
import { dropUserKinds } from "./users/drop-user.ts";
import { createGroupKinds } from "./users/groups.ts";
import { unloadKinds } from "./unload/unload-options.ts";

const reading = { signal };
const running = { execute: flag, signal };
const finding = { schema: text };
const caching = { useCache: flag };
const splitting = { transaction: choice("split") };
const parameters = optional(
  kind(
    "a list of values, or an object of values by name",
    (value) => Array.isArray(value) || isPlainObject(value),
  ),
);
const jsonLoad = {
  bucket: text,
  keypath: text,
  data: jsonSource,
  jsonpaths: jsonpathsKind,
  table: text,
};
const tableLoad = { redshiftTableName: text, bucketName: text, keyPrefix: text };
const tableUnload = { bucket: text, keypath: text, table: text };
const written = { bucket: bucketKind, s3KeyPath: text, options: options(writeKinds) };

/** What each member of `Redshift` takes, by name: TypeScript says it to its users, this to everyone. */
export const signatures = {
  "new Redshift()": { options: options(redshiftKinds) },
  execute: {
    batch: either(
      text,
      kind("a Batch", (value) => value instanceof Batch),
    ),
    parameters,
    options: options({ ...reading, ...splitting }),
  },
  mogrify: { text, parameters, options: options({ ...running, ...splitting }) },
  createUser: {
    name: text,
    password: orNull(text),
    options: options({ ...createUserKinds, ...running }),
  },
  alterUser: { name: text, options: options({ ...alterUserKinds, ...running }) },
  dropUser: { name: text, options: options({ ...dropUserKinds, ...running }) },
  getUsers: { options: options(reading) },
  createGroup: { name: text, options: options({ ...createGroupKinds, ...running }) },
  addToGroup: { name: text, users: names, options: options(running) },
  removeFromGroup: { name: text, users: names, options: options(running) },
  dropGroup: { name: text, options: options(running) },
  getGroups: { options: options(reading) },
  tableExists: { name: relation, options: options({ ...finding, ...reading }) },
  getTableNames: { options: options({ ...finding, ...reading }) },
  reflectedTable: {
    name: relation,
    options: options({ ...overrideKinds, ...finding, ...caching, ...reading }),
  },
  tableDefinition: {
    table: relation,
    options: options({ ...tableDefinitionKinds, ...finding, ...caching, ...reading }),
  },
  getViews: { options: options({ ...finding, ...reading }) },
  viewDefinition: {
    view: relation,
    options: options({ ...viewDefinitionKinds, ...finding, ...running, ...caching }),
  },
  schemaDefinition: { options: options({ ...schemaDefinitionKinds, ...finding, ...reading }) },
  reflectedPrivileges: { relation, options: options({ ...finding, ...caching, ...reading }) },
  deepCopy: { table: relation, options: options({ ...deepCopyKinds, ...finding, ...running }) },
  setAwsRole: { role: nameOrNames, roleName: optional(text) },
  getS3Connection: { options: options({ forcePathStyle: flag }) },
  getBucket: { name: text },
  writeDictToKey: { data: anything, key: keyKind, options: options(writeKinds) },
  writeFileToS3: { file: fileKind, ...written },
  writeFilenameToS3: { filename: text, ...written },
  writeStringToS3: { text, ...written },
  copyJsonToTable: { ...jsonLoad, options: options({ ...copyJsonKinds, ...running }) },
  estimateJsonLoad: { ...jsonLoad, options: options(copyJsonKinds) },
  checkJsonLoad: {
    data: jsonSource,
    jsonpaths: jsonpathsKind,
    table: text,
    options: options(checkJsonKinds),
  },
  createPgConnection: { options: optional(options(pgConnectionKinds)) },
  pgExecuteAndCommitSingleStatement: { statement: text, options: options(reading) },
  copyTableToS3: { bucketName: text, keyPrefix: text, options: options(copyTableToS3Kinds) },
  copyTableToRedshift: { ...tableLoad, options: options({ ...copyTableToRedshiftKinds, ...running }) },
  estimateTableToRedshift: { ...tableLoad, options: options(copyTableToRedshiftKinds) },
  cleanLoads: { bucket: text, keyPrefix: text, options: options(cleanLoadsKinds) },
  unloadTableToS3: { ...tableUnload, options: options({ ...unloadKinds, ...running }) },
  estimateUnload: { ...tableUnload, options: options(unloadKinds) },
} as const;
