import { randomUUID } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import type { Client } from "pg";
import { AwsAccess } from "./adapters/aws-access.ts";
import { IamLogin } from "./adapters/iam-login.ts";
import { loadPeer } from "./adapters/peer.ts";
import { PgConnection } from "./adapters/pg-connection.ts";
import type { Bucket } from "./adapters/s3-bucket.ts";
import { SourceConnection } from "./adapters/source-connection.ts";
import type { Catalog } from "./catalog/catalog.ts";
import { CatalogCache } from "./catalog/catalog-cache.ts";
import type { DatabaseGroup } from "./catalog/groups.ts";
import { readGroups } from "./catalog/groups.ts";
import type { RelationInput } from "./catalog/relation-name.ts";
import { readPrincipalFacts } from "./catalog/principal-facts.ts";
import { readSchemaDefinitionFacts } from "./catalog/schema-definition-facts.ts";
import { readCurrentSchema } from "./catalog/session-user.ts";
import { readPrivilegeFacts } from "./catalog/table-facts.ts";
import type { TableFacts } from "./catalog/table-facts.ts";
import type { FindOptions } from "./catalog/tables.ts";
import { findTable, readTables } from "./catalog/tables.ts";
import type { DatabaseUser } from "./catalog/users.ts";
import { readUsers } from "./catalog/users.ts";
import type { ViewFacts } from "./catalog/view-facts.ts";
import { readViewFacts } from "./catalog/view-facts.ts";
import type { View } from "./catalog/views.ts";
import { readViews } from "./catalog/views.ts";
import { checkArguments } from "./check-arguments.ts";
import { OptionsError } from "./errors.ts";
import type { EventHandler } from "./events.ts";
import type { DryRun } from "./estimate.ts";
import { HeldTurn } from "./held-turn.ts";
import type { KyselyInstance } from "./kysely/instance.ts";
import type { CheckJsonLoadOptions, LoadCheckReport } from "./load/check/json-check.ts";
import { checkJsonLoad } from "./load/check/json-check.ts";
import type { ChunkedJsonSlicesOptions, JsonSlices } from "./load/chunked-json-slices.ts";
import { chunkedJsonSlices } from "./load/chunked-json-slices.ts";
import type { GenJsonpathsOptions, JsonObject, Jsonpaths } from "./load/gen-jsonpaths.ts";
import { genJsonpaths } from "./load/gen-jsonpaths.ts";
import type { JsonpathsOption } from "./load/column-plan.ts";
import type { JsonSource } from "./load/json-source.ts";
import type { CopyJsonToTableOptions, LoadReport } from "./load/load-options.ts";
import { estimateJsonLoad } from "./load/estimate-json.ts";
import { copyJsonToTable, previewJsonLoad } from "./load/json-to-table.ts";
import { closingUnread } from "./load/each-item.ts";
import { cleanRuns, type CleanedRun, type CleanLoadsOptions } from "./load/runs/clean-runs.ts";
import type { CopyTableToRedshiftOptions } from "./load/postgres/load-plan.ts";
import type { CopyTableToRedshiftReport } from "./load/postgres/table-to-redshift.ts";
import { estimateTableToRedshift } from "./load/postgres/estimate-transfer.ts";
import { copyTableToRedshift, previewTableToRedshift } from "./load/postgres/table-to-redshift.ts";
import type { CopyTableToS3Options, CopyTableToS3Report } from "./load/postgres/table-to-s3.ts";
import { copyTableToS3 } from "./load/postgres/table-to-s3.ts";
import type { AwsAuthorization } from "./s3/credentials.ts";
import type {
  BucketInput,
  FileInput,
  KeyInput,
  WriteContext,
  WriteOptions,
  WrittenObject,
} from "./s3/write-object.ts";
import { locationOf, writeDict, writeFile, writeFilename, writeString } from "./s3/write-object.ts";
import type { QueryResult, Session, SourceSession } from "./session.ts";
import { RunningCalls } from "./running-calls.ts";
import type { RedshiftOptions } from "./settings/options.ts";
import { awsSettings, connectionSettings } from "./settings/resolve.ts";
import type { PgConnectionOptions } from "./settings/source.ts";
import { signatures } from "./signatures.ts";
import { Batch } from "./sql/batch.ts";
import type { ExecuteOptions } from "./sql/execute.ts";
import { executeBatch } from "./sql/execute.ts";
import type { Fragment } from "./sql/fragment.ts";
import type { TextOptions } from "./sql/from-text.ts";
import { batchFromText } from "./sql/from-text.ts";
import { splitStatements } from "./sql/lexer.ts";
import type { Parameters } from "./sql/mogrify.ts";
import { preparer } from "./sql/quote.ts";
import type { DeepCopyOptions } from "./tables/deep-copy-options.ts";
import type { TableOverrides } from "./tables/design-overrides.ts";
import { buildDeepCopy, buildDefinition, reflectedTable } from "./tables/reflect.ts";
import { reflectedPrivileges } from "./tables/reflected-privileges.ts";
import type { SchemaDefinitionOptions } from "./tables/schema-definition.ts";
import { principalsOf, schemaDefinition } from "./tables/schema-definition.ts";
import type { Table } from "./tables/table.ts";
import type { TableDefinitionOptions } from "./tables/table-definition.ts";
import type { ViewDefinitionOptions } from "./tables/view-definition.ts";
import { viewDefinition } from "./tables/view-definition.ts";
import type { AlterUserOptions } from "./users/alter-user.ts";
import { alterUser } from "./users/alter-user.ts";
import type { CreateUserOptions } from "./users/create-user.ts";
import { createUser } from "./users/create-user.ts";
import type { DropUserOptions } from "./users/drop-user.ts";
import { dropUser } from "./users/drop-user.ts";
import type { CreateGroupOptions } from "./users/groups.ts";
import { addToGroup, createGroup, dropGroup, removeFromGroup } from "./users/groups.ts";
import { principalDefinitions } from "./users/principals.ts";
import type { UnloadReport, UnloadTableOptions } from "./unload/unload-options.ts";
import { estimateUnload } from "./unload/estimate-unload.ts";
import { unloadTable } from "./unload/unload-table.ts";
import { readUnloadTable, unloadTableToS3 } from "./unload/unload-to-s3.ts";
import { randomPassword } from "./users/random-password.ts";

/** What every method that builds SQL takes beside its own options. */
export interface RunOptions extends ExecuteOptions {
  /** Runs the batch as well as returning it. Default false. */
  readonly execute?: boolean;
}

/** What every method that only reads takes beside its own options. */
export interface ReadOptions {
  /** Cancels the query on the server; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What every method takes that can do with the facts of `redshift.catalog`. */
export interface CacheOptions {
  /**
   * Takes the facts from the catalog where it was read before and nothing was executed since that may have changed it; the
   * server is not asked for them again. Default true; it makes no difference until `redshift.catalog` was asked for.
   */
  readonly useCache?: boolean;
}

/** @throws OptionsError for arguments and options that a member does not take */
function check<Member extends keyof typeof signatures>(
  member: Member,
  given: Readonly<Record<keyof (typeof signatures)[Member], unknown>>,
): void {
  checkArguments(member, signatures[member], given);
}

/**
 * A Redshift database to administer. Methods that change something resolve to a `Batch` to review, and run it only with
 * `execute: true` or by `execute(batch)`. The connection opens at its first use and is kept; calls made at once wait
 * their turn, so that two transactions never mix. `close()` it, or declare it with `await using`.
 *
 * @example
 * import { randomPassword, Redshift } from "shiftmanager";
 * const redshift = new Redshift(); // from PGHOST, PGUSER and their like
 * const batch = await redshift.createUser("chad", randomPassword());
 * console.log(String(batch));
 * await redshift.execute(batch);
 * await redshift.close();
 */
export class Redshift {
  readonly #connection: PgConnection;
  readonly #source: SourceConnection;
  readonly #aws: AwsAccess;
  readonly #onEvent: EventHandler | undefined;
  readonly #catalog = new CatalogCache((work) => this.#withSession(work));
  readonly #calls = new RunningCalls();
  readonly #held = new HeldTurn();

  /** @throws OptionsError for settings that can never work; missing ones are told when connecting */
  constructor(options: RedshiftOptions = {}) {
    check("new Redshift()", { options });
    this.#onEvent = options.onEvent;
    const settings = connectionSettings(options, process.env);
    const aws = awsSettings(options, process.env);
    const iam = settings.iam === undefined ? undefined : new IamLogin(settings.iam, settings, aws);
    this.#connection = new PgConnection(settings, options.onEvent, iam);
    this.#source = new SourceConnection(settings, options.onEvent, options.source);
    this.#aws = new AwsAccess(aws);
  }

  /**
   * The `pg` client, connected. What it is given does not wait its turn: while a call of this object is under way, it
   * lands in that call's transaction.
   */
  get connection(): Promise<Client> {
    return this.#connection.client();
  }

  /**
   * Stops every call that is under way or waits its turn, as their own signals would: the running statement is cancelled on
   * the server, its transaction is rolled back, and the connection stays. The calls reject with an `AbortError`, or a
   * `BatchError` whose cause it is.
   * @returns false when there was nothing to stop
   */
  cancel(): boolean {
    return this.#calls.cancel();
  }

  /** Closes the connections after the calls made before; may be called again. */
  async close(): Promise<void> {
    this.#held.refuse();
    this.#aws.close();
    await Promise.all([this.#connection.close(), this.#source.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Runs a batch in the transactions it states, or SQL text in one transaction; resolves to one result a statement.
   * A batch that was built from catalog facts first proves, under its own locks, that they still hold.
   *
   * Text takes `$1…` with an array or `:name` with an object. A statement in it that commits (TRUNCATE), cannot join a
   * transaction (VACUUM) or controls one (BEGIN) is refused before anything is sent; such a statement runs alone when it
   * is the only one, and `transaction: "split"` runs them apart.
   * @throws BatchError saying which statement failed and what was kept
   * @throws OptionsError for text or parameters that can never work
   * @throws ConnectionError when no connection can be made
   */
  async execute(
    batch: Batch | string,
    parameters?: Parameters,
    options: ExecuteOptions & TextOptions = {},
  ): Promise<readonly QueryResult[]> {
    check("execute", { batch, parameters, options });
    return this.#run(this.#toBatch(batch, parameters, options), options);
  }

  /**
   * Binds parameters into text as `execute` would, to review it. Values are quoted by Redshift's rules; `%` and anything
   * inside literals, names and comments is left alone.
   * @throws OptionsError as `execute`
   */
  async mogrify(
    text: string,
    parameters?: Parameters,
    options: RunOptions & TextOptions = {},
  ): Promise<Batch> {
    check("mogrify", { text, parameters, options });
    return this.#finish(batchFromText(text, parameters, options), options);
  }

  /**
   * A Kysely instance over the same connection, for typed queries. Its queries wait their turn among the calls of this
   * object, and a transaction of it holds the turn: inside one, use what it gives you, for a call of this object would wait
   * for its end, and is refused. Values are bound by this library's quoting. Needs the package `kysely` beside this one.
   * @throws OptionsError when `kysely` is not installed
   */
  async kysely<DB>(): Promise<KyselyInstance<DB>> {
    const { openKysely } = await loadPeer(
      "kysely",
      "Typed queries",
      () => import("./kysely/open-kysely.ts"),
      "kysely@0.28", // The dialect follows one line of it: its compiler's methods may change in the next.
    );
    return openKysely<DB>({
      withSession: (work) => this.#withSession(work),
      holdingTurn: (work) => this.#held.during(work),
    });
  }

  /**
   * Every schema, table, column, key, comment, view, owner and privilege of the database, read in 12 statements however many
   * tables there are, and kept. It is read again after this object has executed something that may have changed it; what
   * others change, `(await redshift.catalog).refresh()` shows.
   */
  get catalog(): Promise<Catalog> {
    return this.#catalog.get();
  }

  /** The catalog as it was read last, at once, though it may be out of date; undefined before `catalog` was first asked for. */
  get lastCatalog(): Catalog | undefined {
    return this.#catalog.current;
  }

  /** Redshift-aware quoting of names and values. */
  get preparer(): typeof preparer {
    return preparer;
  }

  /** The same as the export `randomPassword`. */
  randomPassword(length?: number): string {
    return randomPassword(length);
  }

  /**
   * Creates a user; parameters are set by further statements of the same transaction.
   * @param password - null disables the password
   * @throws OptionsError for a password or option that Redshift would refuse
   */
  async createUser(
    name: string,
    password: string | null,
    options: CreateUserOptions & RunOptions = {},
  ): Promise<Batch> {
    check("createUser", { name, password, options });
    return this.#finish(createUser(name, password, options), options);
  }

  /**
   * Changes a user: RENAME, then options, then one statement for each group, SET and RESET.
   * @throws OptionsError when there is nothing to change
   */
  async alterUser(name: string, options: AlterUserOptions & RunOptions): Promise<Batch> {
    check("alterUser", { name, options });
    return this.#finish(alterUser(name, options), options);
  }

  /**
   * Drops a user. Redshift refuses it while the user owns something or holds a privilege in the current database; the
   * error then names what.
   */
  async dropUser(name: string, options: DropUserOptions & RunOptions = {}): Promise<Batch> {
    check("dropUser", { name, options });
    return this.#finish(dropUser(name, options), options);
  }

  /** Every user in name order; `details` is null where the catalog does not show them to this session. */
  async getUsers(options: ReadOptions = {}): Promise<readonly DatabaseUser[]> {
    check("getUsers", { options });
    return this.#withSession(async (session) => (await readUsers(session)).found, options.signal);
  }

  /** Creates a group, with its first members. Superusers only. */
  async createGroup(name: string, options: CreateGroupOptions & RunOptions = {}): Promise<Batch> {
    check("createGroup", { name, options });
    return this.#finish(createGroup(name, options), options);
  }

  /** Adds users to a group. @throws OptionsError when none is named */
  async addToGroup(name: string, users: readonly string[], options: RunOptions = {}): Promise<Batch> {
    check("addToGroup", { name, users, options });
    return this.#finish(addToGroup(name, users), options);
  }

  /** Takes users out of a group; they stay users. @throws OptionsError when none is named */
  async removeFromGroup(name: string, users: readonly string[], options: RunOptions = {}): Promise<Batch> {
    check("removeFromGroup", { name, users, options });
    return this.#finish(removeFromGroup(name, users), options);
  }

  /** Drops a group; its members stay. Redshift refuses it while the group holds a privilege; the error then names on what. */
  async dropGroup(name: string, options: RunOptions = {}): Promise<Batch> {
    check("dropGroup", { name, options });
    return this.#finish(dropGroup(name), options);
  }

  /** Every group in name order, with its members. */
  async getGroups(options: ReadOptions = {}): Promise<readonly DatabaseGroup[]> {
    check("getGroups", { options });
    return this.#withSession(readGroups, options.signal);
  }

  /** Is there a table or view of that name: `table` or `schema.table`, in one schema, by default the session's current one. */
  async tableExists(name: RelationInput, options: FindOptions & ReadOptions = {}): Promise<boolean> {
    check("tableExists", { name, options });
    return this.#withSession(
      async (session) => (await findTable(session, name, options)) !== null,
      options.signal,
    );
  }

  /** The names of a schema's tables and views, in order; by default of the session's current schema. */
  async getTableNames(options: FindOptions & ReadOptions = {}): Promise<readonly string[]> {
    check("getTableNames", { options });
    const { schema, signal } = options;
    return this.#withSession(async (session) => {
      const tables = await readTables(session, schema ?? (await readCurrentSchema(session)));
      return tables.map(({ name }) => name);
    }, signal);
  }

  /**
   * A table as it is, with what is to be otherwise: another design, columns changed or added. `tableDefinition` writes it
   * and `deepCopy` makes it.
   * @throws NotFoundError naming the nearest table
   * @throws OptionsError naming the nearest column for one that is not there
   */
  async reflectedTable(
    name: RelationInput | Table,
    options: TableOverrides & FindOptions & CacheOptions & ReadOptions = {},
  ): Promise<Table> {
    check("reflectedTable", { name, options });
    return this.#withSession(
      async (session) => reflectedTable(session, name, options, await this.#cached(session, name, options)),
      options.signal,
    );
  }

  /**
   * The statements that create a table: design, keys, comments, owner and grants. What this user cannot see is said in the
   * batch's notes.
   * @param table - its name, or what `reflectedTable` returned
   * @throws NotFoundError naming the nearest table
   */
  async tableDefinition(
    table: RelationInput | Table,
    options: TableDefinitionOptions & FindOptions & CacheOptions & ReadOptions = {},
  ): Promise<Batch> {
    check("tableDefinition", { table, options });
    return this.#withSession(
      async (session) =>
        buildDefinition(session, table, options, {
          onEvent: this.#onEvent,
          cached: await this.#cached(session, table, options),
        }),
      options.signal,
    );
  }

  /** A schema's views of every kind with their texts, in name order; by default of the session's current schema. */
  async getViews(options: FindOptions & ReadOptions = {}): Promise<readonly View[]> {
    check("getViews", { options });
    const { schema, signal } = options;
    return this.#withSession(
      async (session) => readViews(session, schema ?? (await readCurrentSchema(session))),
      signal,
    );
  }

  /**
   * The statements that create a regular, late-binding or materialized view as it is: its text unchanged, comments, owner and
   * grants. What this user cannot see is said in the batch's notes.
   * @throws NotFoundError naming the nearest view
   */
  async viewDefinition(
    view: RelationInput,
    options: ViewDefinitionOptions & FindOptions & RunOptions & CacheOptions = {},
  ): Promise<Batch> {
    check("viewDefinition", { view, options });
    const facts = await this.#withSession(
      async (session) =>
        (await this.#cachedView(session, view, options)) ?? readViewFacts(session, view, options),
      options.signal,
    );
    return this.#finish(viewDefinition(facts, options), options);
  }

  /**
   * The statements that create a whole schema as it is: tables, foreign keys, views after what they read, comments, owners,
   * grants and default privileges; with `principals` the users, groups and roles that it names before all of them, without
   * passwords, which cannot be read back. Always read afresh. What is not in it is said in the batch's notes.
   * @throws NotFoundError naming the nearest schema
   */
  async schemaDefinition(options: SchemaDefinitionOptions & FindOptions & ReadOptions = {}): Promise<Batch> {
    check("schemaDefinition", { options });
    const { schema, principals = false, signal } = options;
    return this.#withSession(async (session) => {
      const name = schema ?? (await readCurrentSchema(session));
      const facts = await readSchemaDefinitionFacts(session, name);
      const definition = schemaDefinition(facts);
      const who = principals
        ? principalDefinitions(principalsOf(facts), await readPrincipalFacts(session))
        : { statements: [], notes: [] };
      return Batch.transaction([...who.statements, ...definition.statements], {
        notes: [...who.notes, ...definition.notes],
      });
    }, signal);
  }

  /**
   * The GRANT statements that give a table or view the privileges it has.
   * @throws NotFoundError naming the nearest table or view
   */
  async reflectedPrivileges(
    relation: RelationInput,
    options: FindOptions & CacheOptions & ReadOptions = {},
  ): Promise<Batch> {
    check("reflectedPrivileges", { relation, options });
    return this.#withSession(async (session) => {
      const cached = await this.#cached(session, relation, options);
      return reflectedPrivileges(cached ?? (await readPrivilegeFacts(session, relation, options)));
    }, options.signal);
  }

  /**
   * Replaces a table by a copy of itself: sorted and compacted, with another distribution, sort key or encodings, or
   * without duplicates. The batch proves in SQL that every row arrived before it drops the old table.
   * @param table - its name, or what `reflectedTable` returned, whose overrides then count; the table itself is read afresh
   * @throws NotFoundError naming the nearest table
   * @throws OptionsError for a copy that would lose rows, grants or views, with the way round
   */
  async deepCopy(
    table: RelationInput | Table,
    options: DeepCopyOptions & FindOptions & RunOptions = {},
  ): Promise<Batch> {
    check("deepCopy", { table, options });
    const staging =
      options.stagingPrefix === undefined
        ? undefined
        : {
            authorization: await this.#aws.authorization(options.authorization),
            region: this.#aws.region,
            store: this.#aws.store,
            runId: randomUUID(),
          };
    const batch = await this.#withSession(
      (session) => buildDeepCopy(session, table, options, { onEvent: this.#onEvent, staging }),
      options.signal,
    );
    return this.#finish(batch, options);
  }

  /**
   * The keys that COPY and UNLOAD are given from now on; a role set by `setAwsRole` comes before them.
   * @throws OptionsError for keys that are no text
   */
  setAwsCredentials(accessKeyId: string, secretAccessKey: string, sessionToken?: string): void {
    this.#aws.useKeys({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    });
  }

  /**
   * The role that COPY and UNLOAD assume from now on.
   * @param role - its ARN, several chained, or `default`; or the account's number, with the role's name after it
   * @throws OptionsError for what is no role
   */
  setAwsRole(role: string | readonly string[], roleName?: string): void {
    check("setAwsRole", { role, roleName });
    this.#aws.useRole(role, roleName);
  }

  /**
   * What COPY and UNLOAD are given, as SQL with its secrets masked: `setAwsRole`, `setAwsCredentials`, then the
   * configuration's role, then its keys. Undefined when there is none.
   */
  get awsCredentials(): Fragment | undefined {
    return this.#aws.clause();
  }

  /**
   * The AWS SDK's S3 client, with the keys, region and endpoint of this object; the same each time, until `close()` or
   * `setAwsCredentials`.
   * @param options - `forcePathStyle` addresses buckets as ENDPOINT/BUCKET; default where an own endpoint is set
   */
  async getS3Connection(options: { readonly forcePathStyle?: boolean } = {}): Promise<S3Client> {
    check("getS3Connection", { options });
    return this.#aws.client(options.forcePathStyle);
  }

  /**
   * A bucket to list, read and write; looked up once and kept.
   * @throws OptionsError for what is no bucket's name
   * @throws StorageError for one that is not there, is in another region, or may not be looked into
   */
  async getBucket(name: string): Promise<Bucket> {
    check("getBucket", { name });
    return this.#aws.bucket(name);
  }

  /**
   * Writes a value to S3 as JSON.
   * @param key - `s3://BUCKET/KEY`, or bucket and key
   * @throws OptionsError for what JSON cannot hold: NaN, infinity, bigint
   * @throws StorageError for what S3 refuses
   */
  async writeDictToKey(data: unknown, key: KeyInput, options: WriteOptions = {}): Promise<WrittenObject> {
    check("writeDictToKey", { data, key, options });
    return writeDict(data, key, options, this.#writing());
  }

  /**
   * Writes bytes, a Blob, an open file or a stream of unknown length to S3; of a long one a part at a time is in memory.
   * @param bucket - its name, or what `getBucket` gave
   * @throws OptionsError for a stream that has ended, or that gives neither bytes nor text
   * @throws StorageError for what S3 refuses; nothing is left there then
   */
  async writeFileToS3(
    file: FileInput,
    bucket: BucketInput,
    s3KeyPath: string,
    options: WriteOptions = {},
  ): Promise<WrittenObject> {
    check("writeFileToS3", { file, bucket, s3KeyPath, options });
    return writeFile(file, locationOf(bucket, s3KeyPath), options, this.#writing());
  }

  /**
   * Writes a local file to S3.
   * @throws StorageError for a file that cannot be read, and for what S3 refuses
   */
  async writeFilenameToS3(
    filename: string,
    bucket: BucketInput,
    s3KeyPath: string,
    options: WriteOptions = {},
  ): Promise<WrittenObject> {
    check("writeFilenameToS3", { filename, bucket, s3KeyPath, options });
    return writeFilename(filename, locationOf(bucket, s3KeyPath), options, this.#writing());
  }

  /**
   * Writes text to S3, as UTF-8.
   * @throws OptionsError for text that holds half of a surrogate pair
   * @throws StorageError for what S3 refuses
   */
  async writeStringToS3(
    text: string,
    bucket: BucketInput,
    s3KeyPath: string,
    options: WriteOptions = {},
  ): Promise<WrittenObject> {
    check("writeStringToS3", { text, bucket, s3KeyPath, options });
    return writeString(text, locationOf(bucket, s3KeyPath), options, this.#writing());
  }

  /** The same as the export `genJsonpaths`. */
  genJsonpaths(doc: JsonObject | string, options?: GenJsonpathsOptions): Jsonpaths {
    return genJsonpaths(doc, options);
  }

  /** The same as the export `chunkedJsonSlices`. */
  chunkedJsonSlices(
    data: JsonSource,
    slices: number,
    options?: ChunkedJsonSlicesOptions,
  ): Promise<JsonSlices> {
    return chunkedJsonSlices(data, slices, options);
  }

  /**
   * Loads JSON documents into a table through S3: uploads them as gzipped files, then runs one COPY. Every row is loaded or
   * none, and nothing of the run stays in S3 unless `cleanUpS3` is false. Memory does not grow with the number of documents.
   *
   * With `jsonpaths` null the paths are generated from the keys of the first document and COPY names its columns from them.
   * @param keypath - key prefix for the run's objects; may be empty
   * @param data - objects, or what `readJsonDocuments` reads
   * @param options - `execute: false` resolves to the batch to review: it reads the first document and uploads nothing
   * @throws LoadError naming row, key or column for data that cannot be loaded
   * @throws StorageError for what S3 refuses
   * @see AWS Database Developer Guide, "COPY from JSON format" (copy-usage_notes-copy-from-json)
   */
  copyJsonToTable(
    bucket: string,
    keypath: string,
    data: JsonSource,
    jsonpaths: JsonpathsOption,
    table: string,
    options: CopyJsonToTableOptions & { readonly execute: false },
  ): Promise<Batch>;
  copyJsonToTable(
    bucket: string,
    keypath: string,
    data: JsonSource,
    jsonpaths: JsonpathsOption,
    table: string,
    options?: CopyJsonToTableOptions & { readonly execute?: true },
  ): Promise<LoadReport>;
  async copyJsonToTable(
    bucket: string,
    keypath: string,
    data: JsonSource,
    jsonpaths: JsonpathsOption,
    table: string,
    options: CopyJsonToTableOptions & { readonly execute?: boolean } = {},
  ): Promise<Batch | LoadReport> {
    const request = { bucket, keypath, jsonpaths, table };
    const context = await closingUnread(data, () => {
      check("copyJsonToTable", { ...request, data, options });
      return this.#transfer(options.authorization);
    });
    return this.#calls.run<Batch | LoadReport>(options.signal, (signal) =>
      options.execute === false
        ? previewJsonLoad(request, data, { ...options, signal }, context)
        : copyJsonToTable(request, data, { ...options, signal }, context),
    );
  }

  /**
   * Says what `copyJsonToTable` would come to, beside the batch it would run: reads and compresses the first documents, up to
   * 16 MB of text or 2 seconds, and throws them away. Nothing is uploaded and nothing changes. All figures are exact where
   * the documents end within that; else the number of rows is known only of a `JsonDocuments` that has a `size`.
   * @param data - as in `copyJsonToTable`; it is closed when enough was read
   * @throws LoadError for one of the documents read that the load would refuse; OptionsError and NotFoundError as the load
   */
  async estimateJsonLoad(
    bucket: string,
    keypath: string,
    data: JsonSource,
    jsonpaths: JsonpathsOption,
    table: string,
    options: CopyJsonToTableOptions = {},
  ): Promise<DryRun> {
    const request = { bucket, keypath, jsonpaths, table };
    const context = await closingUnread(data, () => {
      check("estimateJsonLoad", { ...request, data, options });
      return this.#transfer(options.authorization);
    });
    return this.#calls.run(options.signal, (signal) =>
      estimateJsonLoad(request, data, { ...options, signal }, context),
    );
  }

  /**
   * Looks at JSON documents as a load into a table would, value by value against the columns' types, and loads nothing:
   * only the catalog is read, and nothing is uploaded.
   * @param data - as in `copyJsonToTable`
   * @returns what would fail, by kind, with the number of documents, the first places and what mends it; what is wrong
   * with the data is never thrown
   * @throws OptionsError and NotFoundError for a table, columns or jsonpaths that cannot be meant
   */
  async checkJsonLoad(
    data: JsonSource,
    jsonpaths: JsonpathsOption,
    table: string,
    options: CheckJsonLoadOptions = {},
  ): Promise<LoadCheckReport> {
    await closingUnread(data, () => check("checkJsonLoad", { data, jsonpaths, table, options }));
    const context = {
      withSession: <T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T> =>
        this.#withSession(work, signal),
      onEvent: this.#onEvent,
    };
    return this.#calls.run(options.signal, (signal) =>
      checkJsonLoad(table, data, jsonpaths, { ...options, signal }, context),
    );
  }

  /**
   * Connects to the PostgreSQL database that rows are to be read from, in place of an earlier one. Nothing of it comes
   * from `PG*` variables; `SHIFTMANAGER_SOURCE_URL` and `SHIFTMANAGER_SOURCE_PASSWORD` fill what the options leave out.
   * @param options - default the constructor's `source`
   * @returns the `pg` client, connected
   * @throws OptionsError for settings that are not enough, and for the database that this object administers
   * @throws ConnectionError when no connection can be made
   */
  async createPgConnection(options?: PgConnectionOptions): Promise<Client> {
    check("createPgConnection", { options });
    return this.#source.connect(options);
  }

  /** The `pg` client of the source: of `createPgConnection`, else of the option `source` or `SHIFTMANAGER_SOURCE_URL`. */
  get pgConnection(): Promise<Client> {
    // Settings that are not enough reject it, as what the server refuses does.
    return Promise.resolve().then(() => this.#source.current.first.client());
  }

  /** Runs one statement on the source, where it commits by itself: a REFRESH before a load, for example. */
  async pgExecuteAndCommitSingleStatement(
    statement: string,
    options: ReadOptions = {},
  ): Promise<QueryResult> {
    check("pgExecuteAndCommitSingleStatement", { statement, options });
    const [only, ...more] = splitStatements(statement, "The statement", "postgres");
    if (only === undefined || more.length > 0) {
      throw new OptionsError(`Give one statement, not ${only === undefined ? "none" : more.length + 1}.`);
    }
    return this.#calls.run(options.signal, (either) =>
      this.#source.current.first.exclusive((session) => session.query(only.text), either),
    );
  }

  /**
   * Writes a table or query of PostgreSQL to gzipped files in S3, as the role that `createPgConnection` connected: CONNECT,
   * USAGE and SELECT are enough. All of it arrives or nothing stays. Memory does not grow with the number of rows.
   * @param keyPrefix - may be empty; the run's own prefix comes below it
   * @throws StorageError for what S3 refuses
   */
  async copyTableToS3(
    bucketName: string,
    keyPrefix: string,
    options: CopyTableToS3Options,
  ): Promise<CopyTableToS3Report> {
    check("copyTableToS3", { bucketName, keyPrefix, options });
    return this.#calls.run(options.signal, (signal) =>
      copyTableToS3(bucketName, keyPrefix, { ...options, signal }, this.#sourceContext()),
    );
  }

  /**
   * Loads a table or query of PostgreSQL into a table through S3. The columns of both sides are matched by name and every
   * value is checked on its way; after the upload one transaction deletes, copies and proves the number of rows.
   * @param options - `execute: false` resolves to the batch to review: it reads both catalogs and uploads nothing
   * @throws OptionsError naming the columns that are missing on either side
   * @throws LoadError naming row and column of a value that Redshift would refuse or change
   * @see AWS Database Developer Guide, COPY (r_COPY)
   */
  copyTableToRedshift(
    redshiftTableName: string,
    bucketName: string,
    keyPrefix: string,
    options: CopyTableToRedshiftOptions & { readonly execute: false },
  ): Promise<Batch>;
  copyTableToRedshift(
    redshiftTableName: string,
    bucketName: string,
    keyPrefix: string,
    options: CopyTableToRedshiftOptions & { readonly execute?: true },
  ): Promise<CopyTableToRedshiftReport>;
  async copyTableToRedshift(
    redshiftTableName: string,
    bucketName: string,
    keyPrefix: string,
    options: CopyTableToRedshiftOptions & { readonly execute?: boolean },
  ): Promise<Batch | CopyTableToRedshiftReport> {
    check("copyTableToRedshift", { redshiftTableName, bucketName, keyPrefix, options });
    const context = { ...(await this.#transfer(options.authorization)), ...this.#sourceContext() };
    const run = options.execute === false ? previewTableToRedshift : copyTableToRedshift;
    const [table, bucket] = [redshiftTableName, bucketName];
    return this.#calls.run<Batch | CopyTableToRedshiftReport>(options.signal, (signal) =>
      run({ table, bucket, keyPrefix, options: { ...options, signal } }, context),
    );
  }

  /**
   * Says what `copyTableToRedshift` would come to, beside the batch it would run: judges a table by a few of its pages, then
   * reads and compresses rows for up to 16 MB or 2 seconds, in as many sessions as the load would have, and throws them away.
   * Nothing is uploaded and nothing changes. Of a query or a view that goes on beyond that, only the statements are known.
   * @throws OptionsError and NotFoundError as the load; the values are not checked
   */
  async estimateTableToRedshift(
    redshiftTableName: string,
    bucketName: string,
    keyPrefix: string,
    options: CopyTableToRedshiftOptions,
  ): Promise<DryRun> {
    check("estimateTableToRedshift", { redshiftTableName, bucketName, keyPrefix, options });
    const context = { ...(await this.#transfer(options.authorization)), ...this.#sourceContext() };
    const [table, bucket] = [redshiftTableName, bucketName];
    return this.#calls.run(options.signal, (signal) =>
      estimateTableToRedshift({ table, bucket, keyPrefix, options: { ...options, signal } }, context),
    );
  }

  /**
   * Lists the runs of loads that have objects or open multipart uploads directly under a prefix, and with `execute` removes
   * those that are dead: of which nothing was heard for `olderThanMs`. Nothing else is touched.
   * @param keyPrefix - the prefix that the loads were given
   * @throws StorageError for what S3 refuses
   */
  async cleanLoads(
    bucket: string,
    keyPrefix: string,
    options: CleanLoadsOptions = {},
  ): Promise<readonly CleanedRun[]> {
    check("cleanLoads", { bucket, keyPrefix, options });
    return this.#calls.run(options.signal, (signal) =>
      cleanRuns(bucket, keyPrefix, { ...options, signal }, this.#aws.store),
    );
  }

  /**
   * Unloads a table or view to S3 and reads back what was written.
   * @param keypath - what every file's name begins with; a folder ends in `/`
   * @param options - `execute: false` resolves to the batch to review
   * @throws StorageError when `existing` is `refuse` and there is something under the prefix
   * @see AWS Database Developer Guide, UNLOAD (r_UNLOAD)
   */
  unloadTableToS3(
    bucket: string,
    keypath: string,
    table: string,
    options: UnloadTableOptions & { readonly execute: false },
  ): Promise<Batch>;
  unloadTableToS3(
    bucket: string,
    keypath: string,
    table: string,
    options?: UnloadTableOptions & { readonly execute?: true },
  ): Promise<UnloadReport>;
  async unloadTableToS3(
    bucket: string,
    keypath: string,
    table: string,
    options: UnloadTableOptions & { readonly execute?: boolean } = {},
  ): Promise<Batch | UnloadReport> {
    check("unloadTableToS3", { bucket, keypath, table, options });
    const context = await this.#transfer(options.authorization);
    const found = await this.#withSession(
      (session) => readUnloadTable(session, table, options.schema),
      options.signal,
    );
    const target = { bucket, keypath, table: found };
    return options.execute === false
      ? unloadTable(target, options, context)
      : this.#calls.run(options.signal, (signal) => unloadTableToS3(target, { ...options, signal }, context));
  }

  /**
   * Says what `unloadTableToS3` would come to, beside the batch it would run: the rows of a table by SVV_TABLE_INFO; where that
   * cannot be read, for a view and with `where` by a COUNT, which reads them. Files, bytes and time are not known before.
   * @see AWS Database Developer Guide, SVV_TABLE_INFO (r_SVV_TABLE_INFO)
   */
  async estimateUnload(
    bucket: string,
    keypath: string,
    table: string,
    options: UnloadTableOptions = {},
  ): Promise<DryRun> {
    check("estimateUnload", { bucket, keypath, table, options });
    const context = await this.#transfer(options.authorization);
    return this.#calls.run(options.signal, async (signal) => {
      const found = await this.#withSession(
        (session) => readUnloadTable(session, table, options.schema),
        signal,
      );
      return estimateUnload({ bucket, keypath, table: found }, { ...options, signal }, context);
    });
  }

  /** What a load or unload needs beside its own options. @throws OptionsError when there is no role and are no keys */
  async #transfer(authorization: AwsAuthorization | undefined) {
    const renewAuthorization = () => this.#aws.authorization(authorization);
    return {
      authorization: await renewAuthorization(),
      renewAuthorization,
      region: this.#aws.region,
      store: this.#aws.store,
      withSession: <T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T> =>
        this.#withSession(work, signal),
      onEvent: this.#onEvent,
    };
  }

  #writing(): WriteContext {
    return { store: this.#aws.store, onEvent: this.#onEvent };
  }

  /** What reading from PostgreSQL needs beside its own options. */
  #sourceContext() {
    const source = this.#source.current;
    return {
      store: this.#aws.store,
      withSource: <T>(work: (session: SourceSession) => Promise<T>, signal?: AbortSignal): Promise<T> =>
        source.first.exclusive(work, signal),
      besideSource: source.beside.bind(source),
      onEvent: this.#onEvent,
    };
  }

  /** The facts of a table or view from the catalog, where it may be used and has it. */
  async #cached(
    session: Session,
    relation: RelationInput,
    { useCache = true, ...options }: FindOptions & CacheOptions,
  ): Promise<TableFacts | ViewFacts | null> {
    return useCache ? this.#catalog.facts(session, relation, options) : null;
  }

  async #cachedView(
    session: Session,
    view: RelationInput,
    options: FindOptions & CacheOptions,
  ): Promise<ViewFacts | null> {
    const facts = await this.#cached(session, view, options);
    return facts !== null && "view" in facts ? facts : null;
  }

  /** Lends the connection to one feature for as long as it works; every other call waits. */
  #withSession<T>(
    work: (session: Session, signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#calls.run(signal, (either) => {
      this.#held.refuse();
      return this.#connection.exclusive((session) => work(this.#catalog.watch(session), either), either);
    });
  }

  #toBatch(batch: Batch | string, parameters: Parameters | undefined, options: TextOptions): Batch {
    if (typeof batch === "string") return batchFromText(batch, parameters, options);
    if (parameters !== undefined) {
      throw new OptionsError("A batch has its values in it already; parameters go with text.");
    }
    return batch;
  }

  #run(batch: Batch, { signal }: ExecuteOptions): Promise<readonly QueryResult[]> {
    return this.#withSession(
      (session, either) => executeBatch(session, batch, { signal: either, onEvent: this.#onEvent }),
      signal,
    );
  }

  /** The last step of everything that builds: run it when asked, and hand it back. */
  async #finish(batch: Batch, options: RunOptions): Promise<Batch> {
    if (options.execute === true) await this.#run(batch, options);
    return batch;
  }
}
