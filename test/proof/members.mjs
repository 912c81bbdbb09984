// @ts-check
/**
 * Every member of the Python shiftmanager 0.7.1, what it is here, and for each promise about it (what is better than the
 * original, and each documented option) the tests that keep it. scripts/proof.mjs writes docs/proof.md from this list and
 * fails the test run when a promise has no test, or one that did not pass.
 *
 * A test is named by its file in packages/shiftmanager/test/end-to-end, without `.test.ts`, and its full title: all of them
 * run against the sandbox.
 *
 * @typedef {object} Member
 * @property {string} python as the original's documentation writes it
 * @property {string} here
 * @property {string} page in docs/
 * @property {Readonly<Record<string, readonly string[]>>} better what it does better than the original
 * @property {Readonly<Record<string, readonly string[]>>} options each documented option, by its name here
 *
 * @typedef {object} Section
 * @property {string} title
 * @property {readonly Member[]} members
 */

/** @type {readonly Section[]} */
export const sections = [
  {
    title: "Connection and execution",
    members: [
      {
        python:
          "Redshift(database, user, password, host, port, aws_access_key_id, aws_secret_access_key, security_token, **kwargs)",
        here: "new Redshift({ … })",
        page: "connect.md",
        better: {
          "PGPORT is honoured": [
            "members > new Redshift > every setting may come from its variable, PGPORT included",
          ],
          "`await using` closes it": [
            "members > new Redshift > what Symbol.asyncDispose gives closes the connection",
          ],
          "TLS is verified by default": ["connect > TLS > by default an unknown certificate is not trusted"],
          "without keys, S3 calls use the AWS SDK's own provider chain": [],
          "no key is ever the text None in SQL": [
            "load-values > tables and places > without a role and without keys COPY has no way to S3, which is one sentence",
          ],
        },
        options: {
          "host, port, database, user, password": [
            "connect > what goes wrong is one sentence with the way out > settings that are missing are named",
          ],
          "PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD": [
            "members > new Redshift > every setting may come from its variable, PGPORT included",
          ],
          "awsAccessKeyId, awsSecretAccessKey, securityToken": [
            "unload > failures > keys given to the object are used, and shown nowhere",
          ],
          "pg: further options of the driver": [
            "iam > refused before anything is sent > plain text by the driver's option",
          ],
        },
      },
      {
        python: "connection",
        here: "redshift.connection",
        page: "connect.md",
        better: {
          "opened at its first use and kept": [
            "execute > events and closing > the driver's client is at hand",
          ],
          "says that it connects by an event, which the command prints": [
            "members > new Redshift > tells that it connects, once, when the first statement needs it, and prints nothing",
          ],
        },
        options: {},
      },
      {
        python: "execute(batch, parameters)",
        here: "execute(batch, parameters?)",
        page: "connect.md",
        better: {
          "one transaction, rolled back at the first error": [
            "execute > text > a statement that fails leaves nothing of the transaction behind, and the error says which it was",
          ],
          "says which statement failed and that nothing was kept": [
            "execute > text > a statement that fails leaves nothing of the transaction behind, and the error says which it was",
          ],
          "a statement that commits or cannot join is refused before anything is sent": [
            "execute > text > a statement that cannot join runs alone when it is the only one",
          ],
          "calls made at once do not mix": [
            "execute > text > twenty calls at once, half of them failing, are each whole or absent",
          ],
        },
        options: { parameters: ["execute > text > parameters are bound by Redshift's rules"] },
      },
      {
        python: "mogrify(batch, parameters, execute)",
        here: "mogrify(text, parameters?, { execute })",
        page: "connect.md",
        better: {
          "`%` in the text, in names or in values is harmless": [
            "members > mogrify > a percent sign in the text, in a name or in a value is a character like any other",
          ],
        },
        options: {
          parameters: ["members > mogrify > with execute it runs what it returns"],
          execute: ["members > mogrify > with execute it runs what it returns"],
        },
      },
      {
        python: "engine",
        here: "redshift.kysely<DB>()",
        page: "kysely.md",
        better: {
          "over the same connection": [
            "kysely > transactions > calls of the Redshift object wait for its end, in order",
          ],
          "an optional package, loaded on use": [
            "optional-peers > without the optional packages the rest works against a sandbox; kysely is loaded only when it is asked for",
          ],
        },
        options: {},
      },
      {
        python: "meta",
        here: "redshift.catalog",
        page: "catalog.md",
        better: {
          "holds every schema at once": ["catalog > the catalog holds every schema at once"],
          "never changes the session's search_path": [
            "catalog > it is a value: frozen, with a JSON form, and the search path stays as it was",
          ],
          "refresh() reads again": [
            "catalog > it is kept until this object changes something, or it is refreshed",
          ],
        },
        options: {},
      },
      {
        python: "preparer",
        here: "redshift.preparer",
        page: "connect.md",
        better: {
          "the full list of Redshift's reserved words": [
            "members > preparer quotes each of Redshift's reserved words, which the sandbox refuses without quotes",
          ],
        },
        options: {},
      },
      {
        python: "table_exists(table_name)",
        here: "tableExists(name, { schema })",
        page: "reflect.md",
        better: {
          "looks in one schema": [
            "tables > looking for tables > a table of another schema is said to be there",
          ],
          "understands `schema.table`": [
            "tables > looking for tables > a table is found by schema, case and quotes",
          ],
          "cannot be injected": [
            "names > any name and comment goes through builder, sandbox, reflection and deep copy unharmed",
          ],
        },
        options: {},
      },
      {
        python: "get_table_names(schema)",
        here: "getTableNames({ schema })",
        page: "reflect.md",
        better: { "tables and views": ["members > getTableNames tells tables and views"] },
        options: {
          schema: [
            "tables > looking for tables > a schema is found in any case, and one that is missing is told from one that is empty",
          ],
        },
      },
    ],
  },
  {
    title: "Users",
    members: [
      {
        python: "random_password(length=64)",
        here: "randomPassword(length = 64)",
        page: "users.md",
        better: {
          "8 to 64 characters, enforced": [
            "members > randomPassword > each length from 8 to 64 makes a password that logs in; others are refused",
          ],
          "at least one upper-case letter, lower-case letter and digit, and only characters that Redshift allows":
            [
              "members > randomPassword > has every kind that Redshift asks for, only characters that it allows, and none more often than another",
            ],
          "from the system's secure source, unbiased": [
            "members > randomPassword > has every kind that Redshift asks for, only characters that it allows, and none more often than another",
          ],
        },
        options: {
          length: [
            "members > randomPassword > each length from 8 to 64 makes a password that logs in; others are refused",
          ],
        },
      },
      {
        python:
          "create_user(name, password, valid_until, createdb, createuser, groups, execute, **parameters)",
        here: "createUser(name, password, { validUntil, createdb, createuser, groups, parameters, passwordHash, execute })",
        page: "users.md",
        better: {
          "names, groups and values of parameters are quoted": [
            "members > createUser > names, groups and values of parameters cannot leave their quotes",
          ],
          "parameters are further ALTER USER … SET statements": [
            "users > users in the sandbox > a created user has what was asked for and can log in",
          ],
          "passwordHash sends a verifier, not the password": [
            "users > users in the sandbox > an md5 verifier logs in as the clear password does",
            "users > users in the sandbox > a SHA-256 password says that this driver cannot answer it",
          ],
        },
        options: {
          validUntil: ["users > users in the sandbox > a created user has what was asked for and can log in"],
          createdb: ["users > users in the sandbox > a created user has what was asked for and can log in"],
          createuser: [
            "members > createUser > createuser makes a superuser; without execute nothing happens",
          ],
          groups: ["users > users in the sandbox > a created user has what was asked for and can log in"],
          execute: ["members > createUser > createuser makes a superuser; without execute nothing happens"],
          parameters: ["users > users in the sandbox > a created user has what was asked for and can log in"],
        },
      },
      {
        python:
          "alter_user(name, password, valid_until, createdb, createuser, rename, execute, **parameters)",
        here: "alterUser(name, { …, rename, parameters })",
        page: "users.md",
        better: {
          "one statement for each RENAME, SET and RESET": [
            "users > users in the sandbox > rename and password in one batch leave a user who can log in",
          ],
          "a parameter that is null is reset": [
            "members > alterUser > a parameter that is null is reset, and validUntil counts",
          ],
          "validUntil is not ignored": [
            "members > alterUser > a parameter that is null is reset, and validUntil counts",
          ],
          "nothing to change is an error": ["members > alterUser > nothing to change is an error"],
          "says that RENAME clears the password": [
            "members > alterUser > RENAME says that it clears the password, and does",
          ],
        },
        options: {
          password: [
            "users > users in the sandbox > rename and password in one batch leave a user who can log in",
          ],
          validUntil: ["members > alterUser > a parameter that is null is reset, and validUntil counts"],
          createdb: ["members > alterUser > a parameter that is null is reset, and validUntil counts"],
          createuser: [
            "users > users in the sandbox > rename and password in one batch leave a user who can log in",
          ],
          rename: [
            "users > users in the sandbox > rename and password in one batch leave a user who can log in",
          ],
          execute: [
            "users > users in the sandbox > rename and password in one batch leave a user who can log in",
          ],
          parameters: ["members > alterUser > a parameter that is null is reset, and validUntil counts"],
        },
      },
    ],
  },
  {
    title: "Reflection",
    members: [
      {
        python: "reflected_table(name, **overrides)",
        here: "reflectedTable(name, { schema, distkey, diststyle, sortkey, interleavedSortkey, encodings, columns })",
        page: "reflect.md",
        better: {
          "an immutable value that tableDefinition and deepCopy accept": [
            "deep-copy-options > reflectedTable > gives a table that tableDefinition writes and deepCopy makes",
          ],
          "overrides are checked against the columns that exist": [
            "deep-copy-options > reflectedTable > names the nearest column, and the schema once",
          ],
        },
        options: {
          "distkey, diststyle": [
            "deep-copy-options > reflectedTable > gives a table that tableDefinition writes and deepCopy makes",
            "deep-copy-options > reflectedTable > takes each override, and never changes",
          ],
          "sortkey, interleavedSortkey": [
            "deep-copy-options > reflectedTable > gives a table that tableDefinition writes and deepCopy makes",
            "deep-copy-options > reflectedTable > takes each override, and never changes",
          ],
          encodings: [
            "deep-copy-options > reflectedTable > gives a table that tableDefinition writes and deepCopy makes",
            "deep-copy-options > reflectedTable > takes each override, and never changes",
          ],
          columns: [
            "deep-copy-options > reflectedTable > gives a table that tableDefinition writes and deepCopy makes",
          ],
        },
      },
      {
        python: "table_definition(table, schema, copy_privileges, use_cache, analyze_compression)",
        here: "tableDefinition(table, { schema, copyPrivileges, useCache, analyzeCompression })",
        page: "reflect.md",
        better: {
          "encodings are shown": [
            "tables > tableDefinition > encoded equals the statements it came from, here and where they are executed again",
          ],
          "DISTSTYLE, SORTKEY and ENCODE AUTO": [
            "tables > tableDefinition > designed equals the statements it came from, here and where they are executed again",
            "tables > tableDefinition > of an empty table says that AUTO cannot be read",
          ],
          "IDENTITY and GENERATED BY DEFAULT AS IDENTITY": [
            "tables > tableDefinition > numbered equals the statements it came from, here and where they are executed again",
          ],
          "primary, unique and foreign keys": [
            "tables > tableDefinition > designed equals the statements it came from, here and where they are executed again",
          ],
          comments: [
            "names > any name and comment goes through builder, sandbox, reflection and deep copy unharmed",
          ],
          "`%`, `{}`, `:x`, quotes and backslashes in defaults and comments come out unchanged": [
            "tables > tableDefinition > defaults equals the statements it came from, here and where they are executed again",
            "names > any name and comment goes through builder, sandbox, reflection and deep copy unharmed",
          ],
          "dropped columns do not show": ["tables > tableDefinition > a dropped column does not show"],
        },
        options: {
          schema: [
            "deep-copy-options > definitions and copies > keep to their schema, and leave grants, statistics and catalog out where told",
          ],
          copyPrivileges: [
            "deep-copy-options > definitions and copies > keep to their schema, and leave grants, statistics and catalog out where told",
          ],
          useCache: [
            "catalog > a table's definition comes from the catalog, and with useCache: false from the server",
          ],
          analyzeCompression: [
            "deep-copy-options > analyzeCompression > takes what ANALYZE COMPRESSION recommends, but for the sort key, and says that it locks",
          ],
        },
      },
      {
        python: "view_definition(view, schema, copy_privileges, use_cache, execute)",
        here: "viewDefinition(view, { schema, copyPrivileges, useCache, execute })",
        page: "reflect.md",
        better: {
          "late-binding views": [
            "views > viewDefinition > a view made from its definition has the same definition: shop.late",
          ],
          "materialized views": [
            "views > viewDefinition > a materialized view that was named without its schema is written with it",
          ],
          "the text is the view's own, unchanged": [
            "views > viewDefinition > a view made from its definition has the same definition: shop.recent",
          ],
        },
        options: {
          schema: [
            "views > viewDefinition > executed where the view is, it leaves owner and grants as they were",
          ],
          copyPrivileges: ["views > shiftmanager view > show prints what creates a view"],
          useCache: [
            "catalog > a view's definition and privileges come from the catalog, and with useCache: false from the server",
          ],
          execute: [
            "views > viewDefinition > executed where the view is, it leaves owner and grants as they were",
          ],
        },
      },
      {
        python: "reflected_privileges(relation, schema, use_cache)",
        here: "reflectedPrivileges(relation, { schema, useCache })",
        page: "reflect.md",
        better: {
          "users, groups, PUBLIC, roles, columns and grant options": [
            "grants-anything > any set of grants is read as it was given, and replayed elsewhere is the same set",
          ],
          "names that contain `group`, `=`, `/`, spaces or quotes": [
            "grants-anything > any set of grants is read as it was given, and replayed elsewhere is the same set",
          ],
          "an unknown letter is reported, not a crash": [],
        },
        options: {
          schema: [
            "catalog > a view's definition and privileges come from the catalog, and with useCache: false from the server",
          ],
          useCache: [
            "catalog > a view's definition and privileges come from the catalog, and with useCache: false from the server",
          ],
        },
      },
      {
        python:
          "deep_copy(table, schema, copy_privileges, use_cache, cascade, distinct, analyze_compression, analyze, deduplicate_partition_by, deduplicate_order_by, execute, **kwargs)",
        here: "deepCopy(table, { … })",
        page: "deep-copy.md",
        better: {
          "identity values are never renumbered silently": [
            "deep-copy > deepCopy > an identity keeps its numbers and goes on beyond them",
          ],
          "the batch proves in SQL, before the old table is dropped, that no row was lost": [
            "deep-copy > a deep copy is stopped, and leaves the table as it was, > when a row is lost on the way, by the library and by its script alone",
          ],
          "NULL keys are not merged silently": [
            "deep-copy > deepCopy > rows whose key is NULL stop it, are kept, or are merged",
            "deep-copy > a deep copy is stopped, and leaves the table as it was, > when a key is NULL, by its script alone",
          ],
          "dependent views are carried over or named, never dropped unasked": [
            "deep-copy-dependents > regular views > read the new table afterwards, with text, owner, grants and comments as before",
            "deep-copy-dependents > regular views > are refused or dropped when told, and refused where a type changes",
          ],
          "the ACL afterwards equals the ACL before": [
            "deep-copy > a deep copy is stopped, and leaves the table as it was, > when a grant is missing on the new table",
            "deep-copy > deepCopy > default privileges of who runs it add nothing",
          ],
          "`{}` and `%` in defaults work": ["deep-copy > deepCopy > changes the design and nothing else"],
          "rows under a row-level security or masking policy are not lost": [
            "deep-copy-dependents > a table under policies is refused > with row-level security: to a superuser by the catalog, to its owner by the plan of a SELECT",
            "deep-copy-dependents > a table under policies is refused > with masking",
            "deep-copy-dependents > a table under policies is refused > when it came after the review",
          ],
          "keys that nothing enforces do not mislead the planner": [
            "deep-copy > deepCopy > DISTINCT keeps each different row once, whatever the primary key says",
          ],
          "a table that changed since the review stops it": [
            "deep-copy > a deep copy is stopped, and leaves the table as it was, > when a column changed after the review",
            "deep-copy > a deep copy is stopped, and leaves the table as it was, > when the columns changed, by its script alone",
          ],
          "foreign keys that point at the table come back": [
            "deep-copy > deepCopy > foreign keys of other tables come back",
          ],
          "an in-place ALTER is proposed where it would do": [
            "deep-copy-options > definitions and copies > say the ALTER TABLE that does without a copy, and it does",
          ],
          "materialized views and datashares are refused or carried over": [
            "deep-copy-dependents > materialized views > are refused, and with cascade created again after the commit as they were",
          ],
          "a lost connection leaves the table whole": [
            "deep-copy-trouble > a connection that is lost during a deep copy > leaves the table whole, at every query that an execution sends",
          ],
        },
        options: {
          schema: [
            "deep-copy-options > definitions and copies > keep to their schema, and leave grants, statistics and catalog out where told",
          ],
          copyPrivileges: [
            "deep-copy-options > definitions and copies > keep to their schema, and leave grants, statistics and catalog out where told",
          ],
          "useCache is ignored: a copy always reads afresh": [
            "deep-copy-options > reflectedTable > a table is read afresh for a copy, and the call's own options count",
          ],
          cascade: [
            "deep-copy-dependents > materialized views > are refused, and with cascade created again after the commit as they were",
          ],
          distinct: [
            "deep-copy > deepCopy > DISTINCT keeps each different row once, whatever the primary key says",
          ],
          analyzeCompression: [
            "deep-copy-options > analyzeCompression > takes what ANALYZE COMPRESSION recommends, but for the sort key, and says that it locks",
          ],
          analyze: [
            "deep-copy-options > definitions and copies > keep to their schema, and leave grants, statistics and catalog out where told",
          ],
          deduplicatePartitionBy: ["deep-copy > deepCopy > the row to keep is the first in the order given"],
          deduplicateOrderBy: ["deep-copy > deepCopy > the row to keep is the first in the order given"],
          execute: ["deep-copy > deepCopy > changes the design and nothing else"],
          "overrides of reflectedTable": ["deep-copy > deepCopy > changes the design and nothing else"],
        },
      },
    ],
  },
  {
    title: "JSON to Redshift",
    members: [
      {
        python: "gen_jsonpaths(json_doc, list_idx)",
        here: "genJsonpaths(doc, { listIdx })",
        page: "load-json.md",
        better: {
          "quotes and backslashes in keys": [
            "load-json > copyJsonToTable > a key with quotes and backslashes reaches its column",
          ],
          "nested empty objects and arrays of objects are not lost silently": [
            "members > genJsonpaths keeps nested empty objects and arrays of objects, and points into arrays on request",
          ],
        },
        options: {
          listIdx: [
            "members > genJsonpaths keeps nested empty objects and arrays of objects, and points into arrays on request",
          ],
        },
      },
      {
        python: "chunked_json_slices(data, slices, dir, clean_on_exit)",
        here: "chunkedJsonSlices(data, slices, { dir, cleanOnExit })",
        page: "load-json.md",
        better: {
          "any iterable, async iterable or stream": [],
          "constant memory and linear time": [],
          "no empty files": [],
          "NaN and Infinity are an error that names row and key": [],
        },
        options: { slices: [], dir: [], cleanOnExit: [] },
      },
      {
        python:
          "copy_json_to_table(bucket, keypath, data, jsonpaths, table, slices, clean_up_s3, local_path, clean_up_local)",
        here: "copyJsonToTable(bucket, keypath, data, jsonpaths, table, { slices, columns, cleanUpS3, localPath, cleanUpLocal })",
        page: "load-json.md",
        better: {
          "with generated jsonpaths COPY names its columns from the keys": [
            "load-json > copyJsonToTable > generated jsonpaths name the columns from the keys, whatever the table's order",
          ],
          "a key without a column is an error that names it": [
            "load-json > copyJsonToTable > a key that is no column is an error that names it; nothing is loaded and nothing stays in S3",
          ],
          "a key that first appears in a later document is an error that names it": [
            "load-json > copyJsonToTable > a key that first appears later is an error that names it; nothing is loaded and nothing stays in S3",
          ],
          "uses the role when one is set": [
            "members > what COPY and UNLOAD are given > one rule serves both: the role that is set comes before the keys",
          ],
          "an empty keypath and one with a leading slash work": [
            'load-values > tables and places > the prefix "" works',
            'load-values > tables and places > the prefix "/" works',
          ],
          "jsonpaths that are not ASCII work": [
            'load-values > keys and columns > the key "größe 😀" reaches the column of its name',
          ],
        },
        options: {
          "jsonpaths: null, own, auto, auto ignorecase": [
            "load-json > copyJsonToTable > own jsonpaths and columns, auto and auto ignorecase",
          ],
          slices: ["load-json > copyJsonToTable > slices 0 is refused"],
          columns: ["load-json > copyJsonToTable > own jsonpaths and columns, auto and auto ignorecase"],
          cleanUpS3: ["load-json > copyJsonToTable > keeping the objects keeps them"],
          localPath: [],
          cleanUpLocal: [],
        },
      },
    ],
  },
  {
    title: "PostgreSQL to S3 to Redshift",
    members: [
      {
        python: "create_pg_connection(**kwargs)",
        here: "createPgConnection(options)",
        page: "load-postgres.md",
        better: { "nothing of it comes from PG* variables": [] },
        options: {},
      },
      {
        python: "pg_connection",
        here: "redshift.pgConnection",
        page: "load-postgres.md",
        better: { "the driver's client, opened at its first use and kept": [] },
        options: {},
      },
      {
        python: "pg_execute_and_commit_single_statement(statement)",
        here: "pgExecuteAndCommitSingleStatement(statement)",
        page: "load-postgres.md",
        better: { "runs one statement, which commits by itself; more than one are refused": [] },
        options: {},
      },
      {
        python:
          "copy_table_to_s3(bucket_name, key_prefix, pg_table_name, pg_select_statement, temp_file_dir, cleanup_s3, line_bytes, canned_acl)",
        here: "copyTableToS3(bucketName, keyPrefix, { … })",
        page: "load-postgres.md",
        better: {
          "works from any account with SELECT": [
            "load-postgres > from the npm package's PostgreSQL > rows of every type arrive as they are",
          ],
          "the plain table form works": [],
          "a row longer than lineBytes is not cut in two": [
            "load-postgres > from the npm package's PostgreSQL > files are cut between rows, and one row that is longer is a file of its own",
          ],
          "an upload that fails is an error": [
            "load-postgres > from the npm package's PostgreSQL > trouble > S3 refusing leaves nothing",
          ],
          "JSON with newlines, tabs and backslashes arrives valid": [
            "load-postgres > from the npm package's PostgreSQL > JSON lines are the original's, and valid",
          ],
          "temporary files never stay": [
            "load-postgres > from the npm package's PostgreSQL > temporary files never stay, and their directory may be made",
          ],
        },
        options: {
          pgTableName: [],
          pgSelectStatement: [],
          tempFileDir: [
            "load-postgres > from the npm package's PostgreSQL > temporary files never stay, and their directory may be made",
          ],
          cleanupS3: [],
          lineBytes: [
            "load-postgres > from the npm package's PostgreSQL > files are cut between rows, and one row that is longer is a file of its own",
          ],
          cannedAcl: [],
        },
      },
      {
        python:
          "copy_table_to_redshift(redshift_table_name, bucket_name, key_prefix, …, delete_statement, manifest_max_keys, …)",
        here: "copyTableToRedshift(redshiftTableName, bucketName, keyPrefix, { … })",
        page: "load-postgres.md",
        better: {
          "zero rows still run the delete": [
            "load-postgres > from the npm package's PostgreSQL > zero rows still run the delete",
          ],
          "the delete and every COPY are one transaction, the delete first": [
            "load-postgres > from the npm package's PostgreSQL > the delete and every COPY are one transaction, the delete first",
          ],
          "commitEachManifest is the explicit exception, refused together with a delete": [
            "load-postgres > from the npm package's PostgreSQL > commitEachManifest keeps what came before a failure, and is refused with a delete",
          ],
          "a prefix without a slash works": [],
        },
        options: {
          deleteStatement: [
            "load-postgres > from the npm package's PostgreSQL > the delete and every COPY are one transaction, the delete first",
          ],
          manifestMaxKeys: [
            "load-postgres > from the npm package's PostgreSQL > the delete and every COPY are one transaction, the delete first",
          ],
        },
      },
    ],
  },
  {
    title: "S3",
    members: [
      {
        python:
          "set_aws_credentials(key, secret, token), set_aws_role(account_id, role_name), aws_credentials",
        here: "setAwsCredentials(…), setAwsRole(…), awsCredentials",
        page: "connect.md",
        better: {
          "one rule for COPY and UNLOAD alike": [
            "members > what COPY and UNLOAD are given > one rule serves both: the role that is set comes before the keys",
          ],
          "a full ARN, several chained ARNs and `default` work too": [
            "members > what COPY and UNLOAD are given > an ARN, several chained ARNs and default are roles; anything else is refused",
          ],
          "masked wherever it is shown": [
            "unload > failures > keys given to the object are used, and shown nowhere",
          ],
        },
        options: {
          "token: of temporary keys": [
            "members > what COPY and UNLOAD are given > temporary keys carry their token, and none of the three is shown",
          ],
          "account and role name": [
            "members > what COPY and UNLOAD are given > one rule serves both: the role that is set comes before the keys",
          ],
        },
      },
      {
        python: "get_s3_connection(ordinary_calling_fmt), get_bucket(name)",
        here: "getS3Connection({ forcePathStyle }), getBucket(name)",
        page: "s3.md",
        better: { "buckets with dots": [], "custom endpoints": [] },
        options: { forcePathStyle: [], "buckets are cached": [] },
      },
      {
        python: "write_dict_to_key, write_file_to_s3, write_filename_to_s3, write_string_to_s3",
        here: "writeDictToKey, writeFileToS3, writeFilenameToS3, writeStringToS3",
        page: "s3.md",
        better: {
          "streams of unknown length": [],
          "encryption is kept on": [],
          "text that is not ASCII": [],
        },
        options: { cannedAcl: [] },
      },
      {
        python: "unload_table_to_s3(bucket, keypath, table, schema, col_str, where, to_json, options)",
        here: "unloadTableToS3(bucket, keypath, table, { schema, columns, where, toJson, options })",
        page: "unload.md",
        better: {
          "JSON is Redshift's own": ["unload > what is unloaded comes back through COPY as it was > as json"],
          "empty tables work": [
            "unload > what is chosen > an empty table writes no JSON file, and an older manifest is not taken for its own",
          ],
          "`$$` and quotes in where work": [
            "unload > what is chosen > where v = '$$'",
            "unload > what is chosen > where v = 'it''s'",
          ],
          "DISTSTYLE ALL tables are unloaded once": [
            "unload > what is chosen > columns in their order, a view, and a table of which every node has a copy once",
          ],
          "existing: overwrite names what it leaves stale, refuse and replace": [
            "unload > what is there already > overwrite leaves other objects and names them",
            "unload > what is there already > refuse names the object and changes nothing",
            "unload > what is there already > replace leaves only its own",
          ],
          "resolves to what was written": [],
        },
        options: {
          schema: [],
          columns: [
            "unload > what is chosen > columns in their order, a view, and a table of which every node has a copy once",
          ],
          where: ["unload > what is chosen > where n > 1 /* a comment */ AND n < 4"],
          toJson: ["unload > what is unloaded comes back through COPY as it was > as csv"],
          options: [],
        },
      },
    ],
  },
  {
    title: "At the prompt",
    members: [
      {
        python: "ipython -i ~/.shiftmanager.py",
        here: "shiftmanager repl",
        page: "repl.md",
        better: {
          "the exports of ~/.shiftmanager.{ts,mts,js,mjs} are at hand by name": [
            "repl > the exports of ~/.shiftmanager.ts are at hand by name",
            "repl > the exports of ~/.shiftmanager.mts are at hand by name",
            "repl > the exports of ~/.shiftmanager.js are at hand by name",
            "repl > the exports of ~/.shiftmanager.mjs are at hand by name",
          ],
          "top-level await": [
            "repl > at a terminal > databases have their names, values are awaited, rows print as a table, an error as one sentence; Ctrl-D leaves",
          ],
          "history lasts": [
            "repl > at a terminal > the lines are there again the next time, in a file for the user alone; those with a secret are not",
          ],
          "Tab completes members, tables and columns": [
            "repl > at a terminal > Tab completes members, tables, and the columns of the tables that the line names",
          ],
          "a Batch prints as SQL": [
            "repl > at a terminal > a batch prints as its SQL, in colour unless NO_COLOR says otherwise",
          ],
          "Ctrl-C cancels the statement and not the session": [
            "repl > at a terminal > Ctrl-C cancels the running statement on the server, and the session stays",
          ],
        },
        options: {
          "--config FILE": [
            "repl > --config names another file, whose exports are at hand in place of a project's",
          ],
        },
      },
    ],
  },
];

/**
 * Promises that have no test yet, each by the name of its member: a run tells of them and does not fail. To be empty when all is built.
 * @type {readonly string[]}
 */
export const open = [
  "new Redshift: without keys, S3 calls use the AWS SDK's own provider chain",
  "reflectedPrivileges: an unknown letter is reported, not a crash",
  "chunkedJsonSlices: any iterable, async iterable or stream",
  "chunkedJsonSlices: constant memory and linear time",
  "chunkedJsonSlices: no empty files",
  "chunkedJsonSlices: NaN and Infinity are an error that names row and key",
  "chunkedJsonSlices: option slices",
  "chunkedJsonSlices: option dir",
  "chunkedJsonSlices: option cleanOnExit",
  "copyJsonToTable: option localPath",
  "copyJsonToTable: option cleanUpLocal",
  "createPgConnection: nothing of it comes from PG* variables",
  "redshift.pgConnection: the driver's client, opened at its first use and kept",
  "pgExecuteAndCommitSingleStatement: runs one statement, which commits by itself; more than one are refused",
  "copyTableToS3: the plain table form works",
  "copyTableToS3: option pgTableName",
  "copyTableToS3: option pgSelectStatement",
  "copyTableToS3: option cleanupS3",
  "copyTableToS3: option cannedAcl",
  "copyTableToRedshift: a prefix without a slash works",
  "getS3Connection: buckets with dots",
  "getS3Connection: custom endpoints",
  "getS3Connection: option forcePathStyle",
  "getS3Connection: option buckets are cached",
  "writeDictToKey: streams of unknown length",
  "writeDictToKey: encryption is kept on",
  "writeDictToKey: text that is not ASCII",
  "writeDictToKey: option cannedAcl",
  "unloadTableToS3: resolves to what was written",
  "unloadTableToS3: option schema",
  "unloadTableToS3: option options",
];
