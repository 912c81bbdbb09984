// @ts-check

/** @type {import("./members.mjs").Section} */
export const connection = {
  title: "Connection and execution",
  members: [
    {
      python:
        "Redshift(database, user, password, host, port, aws_access_key_id, aws_secret_access_key, security_token, **kwargs)",
      here: "new Redshift({ database, user, password, host, port, awsAccessKeyId, awsSecretAccessKey, securityToken, iamRole, pg })",
      page: "connect.md",
      better: {
        "every value defaults to its variable": [
          "members > new Redshift > every setting may come from its variable, PGPORT included",
          "members > new Redshift > AWS keys may come from their variables, the token from either of two",
        ],
        "`PGPORT` is honoured": [
          "members > new Redshift > every setting may come from its variable, PGPORT included",
          "members > new Redshift > a port that PGPORT names wrongly is the one it connects to",
        ],
        "`await using` closes it": [
          "members > new Redshift > what Symbol.asyncDispose gives closes the connection",
        ],
        "TLS is verified by default": ["connect > TLS > by default an unknown certificate is not trusted"],
        "without keys, S3 calls use the AWS SDK's own provider chain": [
          "s3 > without keys the SDK's provider chain serves S3 calls > a profile of AWS_PROFILE writes; COPY is still refused, as its keys do not go into SQL unasked",
          "s3 > with copyWithClientCredentials COPY and UNLOAD are given session keys, asked for again just before they run",
        ],
        "arguments and options that no member takes are refused by name, the nearest named": [
          "members > options that there are not and arguments of another kind are refused by name, and nothing is done",
        ],
        "no key is ever the text `None` in SQL": [
          "members > new Redshift > without a role and without keys no key of any kind stands in the SQL: it is refused",
        ],
      },
      options: {
        "database, user, password, host, port": [
          "members > new Redshift > each setting that is passed comes before its variable",
        ],
        "awsAccessKeyId, awsSecretAccessKey, securityToken": [
          "members > new Redshift > awsAccessKeyId, awsSecretAccessKey and securityToken are what S3 and COPY are given",
        ],
        "`PGDATABASE`, `PGUSER`, `PGPASSWORD`, `PGHOST`, `PGPORT`": [
          "members > new Redshift > every setting may come from its variable, PGPORT included",
        ],
        "`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SECURITY_TOKEN` or `AWS_SESSION_TOKEN`": [
          "members > new Redshift > AWS keys may come from their variables, the token from either of two",
        ],
        iamRole: [
          "members > what COPY and UNLOAD are given > the call's own comes first, then setAwsRole, setAwsCredentials, the constructor, the variable",
        ],
        "pg: the driver's own options": ["members > new Redshift > the driver's own options reach it"],
      },
    },
    {
      python: "connection",
      here: "redshift.connection",
      page: "connect.md",
      better: {
        "the driver's client, opened at its first use and kept": [
          "execute > events and closing > the driver's client is at hand",
          "members > new Redshift > tells that it connects, once, when the first statement needs it, and prints nothing",
        ],
        "says where it connects by an event, not by printing": [
          "members > new Redshift > tells that it connects, once, when the first statement needs it, and prints nothing",
        ],
        "the command prints that event": [
          "members > the command prints to where it connects, apart from its data",
        ],
      },
      options: {},
    },
    {
      python: "execute(batch, parameters)",
      here: "execute(batch, parameters?)",
      page: "connect.md",
      better: {
        "takes a `Batch` or a text": [
          "members > execute > takes parameters as an array or an object, a text or a batch",
        ],
        "one transaction, rolled back at the first error": [
          "execute > text > a statement that fails leaves nothing of the transaction behind, and the error says which it was",
          "members > execute > a batch whose last statement fails leaves nothing, and the error says which it was",
        ],
        "says which statement failed and that nothing was kept": [
          "execute > text > a statement that fails leaves nothing of the transaction behind, and the error says which it was",
          "members > execute > a batch whose last statement fails leaves nothing, and the error says which it was",
        ],
        "a statement that commits or cannot join is refused before anything is sent": [
          "members > execute > SELECT 1; TRUNCATE kept_whole: refused before a connection is made, naming the statement",
          "members > execute > SELECT 1; VACUUM kept_whole; SELECT 2: refused before a connection is made, naming the statement",
          "members > execute > SELECT 1; SELECT 2; COMMIT: refused before a connection is made, naming the statement",
          "members > execute > BEGIN; DELETE FROM kept_whole: refused before a connection is made, naming the statement",
        ],
        "calls made at once do not mix": [
          "execute > text > twenty calls at once, half of them failing, are each whole or absent",
        ],
      },
      options: {
        parameters: [
          "execute > text > parameters are bound by Redshift's rules",
          "members > execute > takes parameters as an array or an object, a text or a batch",
        ],
        "transaction: split": [
          "execute > text > split keeps what was committed before the error and says so",
        ],
        signal: ["execute > abort > cancels the running statement on the server and rolls back"],
      },
    },
    {
      python: "mogrify(batch, parameters, execute)",
      here: "mogrify(text, parameters?, { execute })",
      page: "connect.md",
      better: {
        "Redshift's quoting": ["members > mogrify > with execute it runs what it returns"],
        "`%` in the text, in names or in values is harmless": [
          "members > mogrify > a percent sign in the text, in a name or in a value is a character like any other",
        ],
      },
      options: {
        parameters: [
          "members > mogrify > a percent sign in the text, in a name or in a value is a character like any other",
          "members > mogrify > with execute it runs what it returns",
        ],
        execute: [
          "members > mogrify > a percent sign in the text, in a name or in a value is a character like any other",
          "members > mogrify > with execute it runs what it returns",
        ],
      },
    },
    {
      python: "engine",
      here: "redshift.kysely<DB>()",
      page: "kysely.md",
      better: {
        "over the same connection": [
          "kysely > transactions > calls of the Redshift object wait for its end, in order",
          "kysely > the database as Kysely sees it > destroying the instance leaves the connection to the Redshift object",
        ],
        typed: [
          "kysely > queries > what the types do not have does not compile, and the server does not know it",
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
        "is kept until something changes, and `refresh()` reads again": [
          "catalog > it is kept until this object changes something, or it is refreshed",
        ],
        "holds every schema at once": ["catalog > the catalog holds every schema at once"],
        "never changes the session's `search_path`": [
          "catalog > it is a value: frozen, with a JSON form, and the search path stays as it was",
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
        "identifiers, names and qualified names of any text": [
          "names > any name and comment goes through builder, sandbox, reflection and deep copy unharmed",
          "users > users in the sandbox > any name and password survive the builder and the server",
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
          "users > tables by name > exist or not, in one schema, as table or schema.table, and cannot inject",
          "tables > looking for tables > a table is found by schema, case and quotes",
        ],
        "understands `schema.table`": [
          "users > tables by name > exist or not, in one schema, as table or schema.table, and cannot inject",
          "tables > looking for tables > a table is found by schema, case and quotes",
        ],
        "cannot be injected": [
          "users > tables by name > exist or not, in one schema, as table or schema.table, and cannot inject",
          "names > any name and comment goes through builder, sandbox, reflection and deep copy unharmed",
        ],
      },
      options: {
        schema: ["tables > looking for tables > a table is found by schema, case and quotes"],
      },
    },
    {
      python: "get_table_names(schema)",
      here: "getTableNames({ schema })",
      page: "reflect.md",
      better: { "tables and views": ["members > getTableNames tells tables and views"] },
      options: {
        schema: [
          "members > getTableNames tells tables and views",
          "tables > looking for tables > a schema is found in any case, and one that is missing is told from one that is empty",
        ],
      },
    },
  ],
};
