// @ts-check

/** @param {string} title */
const json = (title) => `load-json > copyJsonToTable > ${title}`;
/** @param {string} title */
const slices = (title) => `members-load > chunkedJsonSlices > ${title}`;
/** @param {string} title */
const transfers = (title) => `load-postgres > from the npm package's PostgreSQL > ${title}`;
/** @param {string} title */
const small = (title) => `members-load > from PostgreSQL > ${title}`;

/** @param {string} member */
const repeatable = (member) => ({
  "a load of a run id that was loaded is not done again": [
    `load-repeat > ${member} > with a run id that was loaded is not done again, nor uploaded`,
    `load-repeat > ${member} > of two runs that begin at once with one id loads once, also where the table of ids is missing`,
    `load-repeat > ${member} > that fails has not used its run id up`,
  ],
  "after a lost COMMIT it finds out what became of the load": [
    `load-repeat > ${member} > finds out from the table of ids what became of a connection lost after COMMIT`,
    `load-repeat > ${member} > finds out from the table of ids what became of a connection lost before COMMIT`,
  ],
});

/** @param {string} member */
const repeatOptions = (member) => ({
  runId: [`load-repeat > ${member} > with a run id that was loaded is not done again, nor uploaded`],
  runsTable: [
    "load-repeat > a run id > is kept in another table where one is named, and not in one that is something else",
  ],
  mergeOn: [
    `load-repeat > ${member} > merges: rows with the same key are replaced, others stay`,
    `load-repeat > ${member} > merges some columns: the others keep what they have, and new rows get their defaults`,
    "load-repeat > a merge > refuses a key that is NULL",
    "load-repeat > a merge > refuses a key that is there twice",
  ],
  "onDuplicate, orderBy": [
    "load-repeat > a merge > keeps of a key that is there several times the first",
    "load-repeat > a merge > keeps of a key that is there several times the last",
  ],
});

/** @param {string} title */
const exports = (title) => `export-postgres > from the npm package's PostgreSQL > ${title}`;
/** @param {string} title */
const rules = (title) => `load-postgres-rules > ${title}, in both formats`;
/** @param {string} title */
const creates = (title) => `load-postgres-create-table > ${title}`;
const callsOwn =
  "members > what COPY and UNLOAD are given > the call's own comes first, then setAwsRole, setAwsCredentials, the constructor, the variable";

const fixed =
  "members > genJsonpaths keeps nested empty objects and arrays of objects, and points into arrays on request";
const ownPaths = json("own jsonpaths and columns, auto and auto ignorecase");
const dir = slices(
  "dir says where they are, default ~/.shiftmanager/tmp; cleanOnExit false leaves them there",
);
const localPath = json("localPath > keeps what was uploaded with cleanUpLocal false, for this user alone");
const tableOrQuery = small("copyTableToS3 > a table by its name, and a query, as a user who may only SELECT");
const temporary = transfers("temporary files never stay, and their directory may be made");
const cut = transfers("files are cut between rows, and one row that is longer is a file of its own");
const fullDisk =
  "load-fault-points > copyTableToRedshift > the disk is full where files are written: nothing was loaded, and no file stays";
const compressed = ["gzip", "none"].map((how) => exports(`files packed by ${how} are loaded`));
const oneTransaction = transfers("the delete and every COPY are one transaction, the delete first");

/** @type {import("./members.mjs").Section} */
export const jsonToRedshift = {
  title: "JSON to Redshift",
  members: [
    {
      python: "gen_jsonpaths(json_doc, list_idx)",
      here: "genJsonpaths(doc, { listIdx })",
      page: "load-json.md",
      better: {
        "quotes and backslashes in keys": [
          json("a key with quotes and backslashes reaches its column"),
          'load-values > keys and columns > the key "it\'s" reaches the column of its name',
          'load-values > keys and columns > the key "a\\\\b" reaches the column of its name',
        ],
        "nested empty objects and arrays of objects are not lost silently": [fixed],
      },
      options: {
        "doc: an object or its text": [
          "members-load > genJsonpaths > takes a text or an object, and tells the paths in the order of the alphabet",
        ],
        listIdx: [fixed],
      },
    },
    {
      python: "chunked_json_slices(data, slices, dir, clean_on_exit)",
      here: "chunkedJsonSlices(data, slices, { dir, cleanOnExit })",
      page: "load-json.md",
      better: {
        "any iterable, async iterable or stream": [
          slices("files of an iterable load as the documents were"),
          slices("files of an async iterable load as the documents were"),
          slices("files of a stream of objects load as the documents were"),
          slices("files of a stream of bytes load as the documents were"),
          slices("files of a web stream load as the documents were"),
        ],
        "constant memory, linear time": [
          slices("each document is read as often in a long load as in a short one, and none is kept"),
        ],
        "no empty files": [slices("slices says how many files there are; none is empty")],
        "NaN and Infinity are an error that names row and key": [
          slices("NaN is an error that names row and key, and leaves no file"),
          slices("Infinity is an error that names row and key, and leaves no file"),
          slices("-Infinity is an error that names row and key, and leaves no file"),
        ],
        "leaving the scope removes the files": [dir],
      },
      options: {
        slices: [slices("slices says how many files there are; none is empty")],
        dir: [dir],
        cleanOnExit: [dir],
      },
    },
    {
      python:
        "copy_json_to_table(bucket, keypath, data, jsonpaths, table, slices, clean_up_s3, local_path, clean_up_local)",
      here: "copyJsonToTable(bucket, keypath, data, jsonpaths, table, { slices, columns, cleanUpS3, localPath, cleanUpLocal })",
      page: "load-json.md",
      better: {
        "with generated jsonpaths COPY names its columns from the keys": [
          json("generated jsonpaths name the columns from the keys, whatever the table's order"),
        ],
        "a key without a column is an error that names it": [
          json(
            "a key that is no column is an error that names it; nothing is loaded and nothing stays in S3",
          ),
        ],
        "a key that first appears in a later document is an error that names it": [
          json(
            "a key that first appears later is an error that names it; nothing is loaded and nothing stays in S3",
          ),
        ],
        "uses the role when one is set": [
          "members > what COPY and UNLOAD are given > one rule serves both: the role that is set comes before the keys",
        ],
        "an empty keypath and one with a leading slash work": [
          'load-values > tables and places > the prefix "" works',
          'load-values > tables and places > the prefix "/" works',
          json("generated jsonpaths name the columns from the keys, whatever the table's order"),
        ],
        "jsonpaths that are not ASCII work": [
          'load-values > keys and columns > the key "größe 😀" reaches the column of its name',
          json("jsonpaths with keys that are not ASCII load"),
        ],
        "what COPY refuses is named by row, column and value": [
          json("a value too long for its column names row, column and value"),
          json("text that is not parsed is COPY's to judge, which names its line"),
        ],
        ...repeatable("copyJsonToTable"),
        "a killed load leaves the table as it was, and `cleanLoads` takes away what it left in S3": [
          "load-killed > load json > during the upload, SIGKILL: the table is as it was, load clean removes what is left, and another run is not harmed",
          "load-clean > cleanLoads > tells live, finished, dead and unknown runs apart, with their open uploads, and changes nothing",
          "load-clean > cleanLoads > with execute removes dead runs that are old enough, and nothing else",
        ],
        "`estimateJsonLoad` says beforehand what it would come to": [
          "dry-run > load json > what was read to its end is what the load then is, to the byte",
          "dry-run > load json > of a stream that does not end, rows, bytes and time are not known",
        ],
        "`checkJsonLoad` says what would fail, and loads nothing": [
          "load-check > the report > counts each kind of failure, names the first places, and says what mends it",
          "load-check > the report > uploads nothing and leaves the table as it was; the source is closed also when the table is not there",
          "load-check > what the check says is what COPY does > of any documents for a table, by generated paths, by name and by own paths",
        ],
      },
      options: {
        "data: any iterable, async iterable or stream": [
          json("an async iterable of any length streams through"),
          json("a stream of bytes is read as a file of documents"),
        ],
        "jsonpaths: null, generated in the order of the alphabet": [
          json("generated jsonpaths name the columns from the keys, whatever the table's order"),
        ],
        "jsonpaths: own, auto, auto ignorecase": [ownPaths],
        slices: [
          json("slices says how many files there are at most; the default is 32"),
          json("slices 0 is refused"),
        ],
        columns: [ownPaths],
        cleanUpS3: [
          json("cleanUpS3 true, which is the default, removes them"),
          json("keeping the objects keeps them"),
        ],
        localPath: [localPath, json("localPath > without it nothing is written locally")],
        cleanUpLocal: [
          localPath,
          json("localPath > keeps nothing by default, whether the load works or not"),
        ],
        schema: [json("schema says where the table is")],
        authorization: [callsOwn],
        "execute: false": [
          "load-values > tables and places > a preview shows everything that would run, with marks for what is not known, and uploads nothing",
        ],
        signal: [
          "load-faults > a load that is stopped > during COPY: the statement is cancelled, the table is as it was",
          "load-faults > a load that is stopped > during a multipart upload: no parts are left",
        ],
        "timeformat, dateformat and COPY's other conversions": [
          "copy-failure > on a sandbox that is provisioned > every conversion parameter reaches COPY",
        ],
        ...repeatOptions("copyJsonToTable"),
      },
    },
  ],
};

/** @type {import("./members.mjs").Section} */
export const postgresToRedshift = {
  title: "PostgreSQL to S3 to Redshift",
  members: [
    {
      python: "create_pg_connection(**kwargs)",
      here: "createPgConnection(options)",
      page: "load-postgres.md",
      better: {
        "nothing of it comes from `PG*` variables": [small("nothing of the source comes from PG* variables")],
      },
      options: {
        "the settings of the connection": [
          small(
            "pgConnection is the driver's client of the source, the same each time, opened at its first use",
          ),
        ],
      },
    },
    {
      python: "pg_connection",
      here: "redshift.pgConnection",
      page: "load-postgres.md",
      better: {
        "the driver's client, opened at its first use and kept": [
          small(
            "pgConnection is the driver's client of the source, the same each time, opened at its first use",
          ),
        ],
      },
      options: {},
    },
    {
      python: "pg_execute_and_commit_single_statement(statement)",
      here: "pgExecuteAndCommitSingleStatement(statement)",
      page: "load-postgres.md",
      better: {
        "runs one statement, which commits; more than one are refused": [
          small(
            "pgExecuteAndCommitSingleStatement runs one statement for good; more are refused before any is sent",
          ),
        ],
      },
      options: {},
    },
    {
      python:
        "copy_table_to_s3(bucket_name, key_prefix, pg_table_name, pg_select_statement, temp_file_dir, cleanup_s3, line_bytes, canned_acl)",
      here: "copyTableToS3(bucketName, keyPrefix, { pgTableName | pgSelectStatement, tempFileDir, cleanupS3, lineBytes, cannedAcl })",
      page: "load-postgres.md",
      better: {
        "works from any account with SELECT": [
          tableOrQuery,
          transfers("rows of every type arrive as they are"),
        ],
        "the plain table form works": [tableOrQuery],
        "a row longer than lineBytes is not cut in two": [cut],
        "an upload that fails is an error": [
          small("copyTableToS3 > what it leaves behind when it fails is up to cleanupS3"),
          transfers("trouble > S3 refusing leaves nothing"),
        ],
        "JSON that holds newlines, tabs and backslashes arrives valid": [
          transfers("JSON lines are the original's, and valid"),
        ],
        "temporary files never stay": [temporary, fullDisk],
        "resolves to prefix, keys, rows and bytes": [tableOrQuery, cut],
      },
      options: {
        pgTableName: [tableOrQuery],
        pgSelectStatement: [tableOrQuery],
        tempFileDir: [temporary, fullDisk],
        cleanupS3: [small("copyTableToS3 > what it leaves behind when it fails is up to cleanupS3")],
        lineBytes: [cut],
        cannedAcl: [small("copyTableToS3 > a canned ACL is put on each object")],
        format: [tableOrQuery, transfers("JSON lines are the original's, and valid")],
        sessions: [
          exports("all sessions see one moment, whoever writes meanwhile"),
          exports("every row of a table with rows that PostgreSQL has not counted arrives once"),
        ],
        slices: [exports("a table becomes files of about equal size, as many as a multiple of the slices")],
        compression: compressed,
        signal: [exports("a table of some size > a signal stops every session")],
      },
    },
    {
      python:
        "copy_table_to_redshift(redshift_table_name, bucket_name, key_prefix, …, delete_statement, manifest_max_keys, …)",
      here: "copyTableToRedshift(redshiftTableName, bucketName, keyPrefix, { …, deleteStatement, manifestMaxKeys })",
      page: "load-postgres.md",
      better: {
        "zero rows still run the delete": [transfers("zero rows still run the delete")],
        "the delete and every COPY run in one transaction, the delete first, and a failure half way leaves the table as it was":
          [oneTransaction],
        "`commitEachManifest` is the explicit exception, refused together with a delete": [
          transfers("commitEachManifest keeps what came before a failure, and is refused with a delete"),
        ],
        "a prefix without a slash works": [
          small("copyTableToRedshift > works with a prefix that ends in no slash, in one, and with none"),
        ],
        "what would not arrive as it is, is refused by row and column before anything is uploaded": [
          transfers("infinity is refused by row and column, in both formats, and nothing is left"),
          transfers(
            "a date before the year 1 is refused by row and column, in both formats, and nothing is left",
          ),
          "load-postgres-anything > any row arrives as it is or is refused by row and column (csv)",
          "load-postgres-anything > any row arrives as it is or is refused by row and column (json)",
        ],
        ...repeatable("copyTableToRedshift"),
        "a killed load leaves the table as it was, and `cleanLoads` takes away what it left in S3": [
          "load-killed > load postgres > during the upload, SIGKILL: the table is as it was, load clean removes what is left, and another run is not harmed",
          "load-killed > load postgres > during COPY, SIGKILL: the table is as it was, load clean removes what is left, and another run is not harmed",
        ],
        "`estimateTableToRedshift` says beforehand what it would come to": [
          "dry-run > load postgres > a small table is read to its end and counted",
          "dry-run > load postgres > a large table is judged by a few of its pages, near to what its export comes to",
        ],
      },
      options: {
        "pgTableName, pgSelectStatement": [
          transfers("rows of every type arrive as they are"),
          transfers("JSON loads what CSV loads"),
        ],
        "tempFileDir, lineBytes": [temporary, fullDisk],
        cleanupS3: [small("copyTableToRedshift > cleanupS3 says whether the objects of a failed load stay")],
        cannedAcl: [small("copyTableToRedshift > a canned ACL is put on each object it writes")],
        deleteStatement: [oneTransaction],
        manifestMaxKeys: [oneTransaction],
        "schema, columns, execute: false": [
          small(
            "copyTableToRedshift > schema says where the table is, columns which are loaded; with execute: false nothing is done",
          ),
        ],
        format: [transfers("JSON loads what CSV loads")],
        check: ["load-postgres-rules > without the check COPY has the last word, and cuts decimals"],
        createTable: [
          creates("every type of the table becomes what the table says, and its values arrive"),
          creates("a failed load leaves no table"),
          creates("a table that exists is refused"),
        ],
        sessions: [exports("a table of some size > is read by several sessions unasked, and loaded")],
        "slices, compression": [
          exports("a table becomes files of about equal size, as many as a multiple of the slices"),
          ...compressed,
        ],
        infinity: [
          rules('{"infinity":"null"}: date ["infinity","-infinity"] into DATE becomes [null,null]'),
          rules(
            '{"infinity":"clamp"}: date ["infinity","-infinity"] into DATE becomes ["9999-12-31","0001-01-01"]',
          ),
        ],
        nan: [rules('{"nan":"null"}: double precision ["NaN","1"] into DOUBLE PRECISION becomes [null,1]')],
        farDates: [
          rules(
            '{"farDates":"null"}: date ["0001-01-01 BC","10000-01-01","9999-12-31"] into DATE becomes [null,null,"9999-12-31"]',
          ),
        ],
        surplusDecimals: [
          rules(
            '{"surplusDecimals":"round"}: numeric ["1.005","-1.005","1.5","1.00499"] into DECIMAL(5,2) becomes ["1.01","-1.01","1.50","1.00"]',
          ),
          rules(
            '{"surplusDecimals":"truncate"}: numeric ["1.009","-1.009","1.5"] into DECIMAL(5,2) becomes ["1.00","-1.00","1.50"]',
          ),
        ],
        longText: [
          "load-postgres-rules > any text is cut to its longest beginning that fits",
          rules('{"longText":"truncate"}: text ["abcdef"] into CHAR(3) becomes ["abc"]'),
        ],
        "nulCharacters, jsonNumbers": [
          rules(
            '{"nulCharacters":"remove"}: json ["\\"a\\\\u0000b\\\\u0000\\\\u0000\\"","\\"\\\\\\\\u0000 \\\\\\\\\\\\u0000\\""] into SUPER becomes ["\\"ab\\"","\\"\\\\\\\\u0000 \\\\\\\\\\""]',
          ),
          rules(
            '{"jsonNumbers":"allow"}: jsonb ["0.30000000000000000001"] into SUPER becomes ["0.30000000000000000001"]',
          ),
        ],
        authorization: [callsOwn],
        signal: [transfers("trouble > a signal stops it, on the source as well")],
        ...repeatOptions("copyTableToRedshift"),
      },
    },
  ],
};
