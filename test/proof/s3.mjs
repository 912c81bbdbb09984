// @ts-check

const oneRule =
  "members > what COPY and UNLOAD are given > one rule serves both: the role that is set comes before the keys";
const roles =
  "members > what COPY and UNLOAD are given > an ARN, several chained ARNs and default are roles; anything else is refused";
const masked = "unload > failures > keys given to the object are used, and shown nowhere";
const dotted = "s3 > getBucket > a bucket with dots is listed, written, read and emptied";
const pathStyle =
  "s3 > getS3Connection > forcePathStyle says how buckets are addressed; the default is the path where an own endpoint is set";
const text = "s3 > writing > text goes as UTF-8, encrypted, with the type and ACL that are asked for";
const dict = "s3 > writing > a dict is written as JSON to a URI or a bucket's key";
const stream = "s3 > writing > a stream of unknown length goes in parts, encrypted, and tells its progress";
const files = "s3 > writing > bytes, a stream of text, a Blob and an open file";
const chosen =
  "unload > what is chosen > columns in their order, a view, and a table of which every node has a copy once";
const validJson =
  "members-s3 > unloadTableToS3 > JSON is valid whatever the values, and toJson false writes text in its place";

/** @type {import("./members.mjs").Section} */
export const s3 = {
  title: "S3",
  members: [
    {
      python: "set_aws_credentials(key, secret, token), set_aws_role(account_id, role_name), aws_credentials",
      here: "setAwsCredentials(…), setAwsRole(…), awsCredentials",
      page: "connect.md",
      better: {
        "one rule for COPY and UNLOAD alike": [
          oneRule,
          "members > what COPY and UNLOAD are given > the call's own comes first, then setAwsRole, setAwsCredentials, the constructor, the variable",
        ],
        "a full ARN, several chained ARNs and `default` work too": [roles],
        "masked wherever it is shown": [
          masked,
          "members > what COPY and UNLOAD are given > temporary keys carry their token, and none of the three is shown",
        ],
      },
      options: {
        "key and secret": [masked],
        token: [
          "members > what COPY and UNLOAD are given > temporary keys carry their token, and none of the three is shown",
        ],
        "account and role name": [oneRule],
      },
    },
    {
      python: "get_s3_connection(ordinary_calling_fmt), get_bucket(name)",
      here: "getS3Connection({ forcePathStyle }), getBucket(name)",
      page: "s3.md",
      better: {
        "buckets with dots": [dotted],
        "custom endpoints": ["members-s3 > what is written goes to the endpoint that is set"],
      },
      options: {
        forcePathStyle: [pathStyle],
        "both are kept": [
          "s3 > getS3Connection > is the SDK's client with this object's keys, region and endpoint, the same each time",
          "s3 > getBucket > is looked up once, until close or other keys",
        ],
      },
    },
    {
      python: "write_dict_to_key, write_file_to_s3, write_filename_to_s3, write_string_to_s3",
      here: "writeDictToKey, writeFileToS3, writeFilenameToS3, writeStringToS3",
      page: "s3.md",
      better: {
        "streams of unknown length": [stream],
        "encryption is kept on": [text, dict, stream],
        "text that is not ASCII": [text, dict, files],
      },
      options: {
        "data, key": [dict],
        "file, bucket, key": [files, stream],
        "filename, bucket, key": [files],
        "text, bucket, key": [text],
        cannedAcl: ["members-s3 > a canned ACL goes with each way of writing"],
        "contentType, encryption": [text],
        signal: [
          "s3 > writing > the signal ends an upload whose stream has gone quiet: nothing is left, and the stream is closed",
          "s3 > writing > with a signal that never comes a stream arrives whole",
        ],
      },
    },
    {
      python: "unload_table_to_s3(bucket, keypath, table, schema, col_str, where, to_json, options)",
      here: "unloadTableToS3(bucket, keypath, table, { schema, columns, where, toJson, options, existing })",
      page: "unload.md",
      better: {
        "Redshift's own JSON, valid also for control characters, NaN and dates": [
          validJson,
          "unload > what is unloaded comes back through COPY as it was > as json",
        ],
        "empty tables work": [
          "unload > what is chosen > an empty table writes no JSON file, and an older manifest is not taken for its own",
        ],
        "`$$` and quotes in where work": [
          "unload > what is chosen > where v = '$$'",
          "unload > what is chosen > where v = 'it''s'",
        ],
        "DISTSTYLE ALL tables are unloaded once": [chosen],
        '`existing: "overwrite"`, the default, names what it leaves stale': [
          "unload > what is there already > overwrite leaves other objects and names them",
          "unload > what is chosen > an empty table writes no JSON file, and an older manifest is not taken for its own",
        ],
        '`existing: "refuse"`': [
          "unload > what is there already > refuse names the object and changes nothing",
        ],
        '`existing: "replace"`': ["unload > what is there already > replace leaves only its own"],
        "and without a prefix, where it would empty the bucket, is refused": [
          "unload > what is there already > replace without a prefix would empty the bucket, and is refused",
        ],
        "NULL, the empty string and any text stay apart on the way through S3": [
          "unload > what is unloaded comes back through COPY as it was > a text that csv would bring back as NULL stops the unload",
          'unload > what is unloaded comes back through COPY as it was > the text \\N too, with {"format":"csv","nullAs":"<none>"}',
        ],
        "`estimateUnload` says beforehand what is known of it": [
          "dry-run > unload > the catalog tells the rows of a table, and what is not known is said",
          "dry-run > unload > a condition, a view and an empty table are counted",
        ],
        "resolves to manifest, files, rows and bytes": [
          "members-s3 > unloadTableToS3 > resolves to manifest, files, rows and bytes, as they are in S3",
        ],
      },
      options: {
        schema: ["members-s3 > unloadTableToS3 > finds the table in the schema that is named"],
        columns: [chosen],
        where: ["unload > what is chosen > where n > 1 /* a comment */ AND n < 4"],
        toJson: [validJson],
        options: [
          "members-s3 > unloadTableToS3 > options stand in place of MANIFEST, GZIP and ALLOWOVERWRITE",
        ],
        format: [
          "unload > what is unloaded comes back through COPY as it was > as csv",
          "unload > what is unloaded comes back through COPY as it was > as text",
        ],
        nullAs: [
          'unload > what is unloaded comes back through COPY as it was > the text \\N too, with {"format":"text","nullAs":"<none>"}',
        ],
        authorization: [
          "members > what COPY and UNLOAD are given > the call's own comes first, then setAwsRole, setAwsCredentials, the constructor, the variable",
        ],
      },
    },
  ],
};
