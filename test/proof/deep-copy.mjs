// @ts-check

/** @param {string} title */
const copies = (title) => `deep-copy > deepCopy > ${title}`;
/** @param {string} title */
const stops = (title) => `deep-copy > a deep copy is stopped, and leaves the table as it was, > ${title}`;
/** @param {string} title */
const small = (title) => `members-reflection > deepCopy > ${title}`;
/** @param {string} title */
const options = (title) => `deep-copy-options > ${title}`;

/** @param {string} title */
const dependents = (title) => `deep-copy-dependents > ${title}`;
const droppedWhenTold = dependents(
  "regular views > are refused or dropped when told, and refused where a type changes",
);
const rebound = dependents(
  "regular views > read the new table afterwards, with text, owner, grants and comments as before",
);

const underPolicy = small("a table under a row-level security policy is refused, whoever asks");
const copiedPrivileges = small(
  "grants are carried over unless copyPrivileges is false, and the review says so; the owner stays",
);
const byName = small("finds the table in the schema that is named, and changes nothing without execute");
const firstInOrder = copies("the row to keep is the first in the order given");
const distinct = copies("DISTINCT keeps each different row once, whatever the primary key says");

/** @type {import("./members.mjs").Section} */
export const deepCopy = {
  title: "Deep copy",
  members: [
    {
      python:
        "deep_copy(table, schema, copy_privileges, use_cache, cascade, distinct, analyze_compression, analyze, deduplicate_partition_by, deduplicate_order_by, execute, **kwargs)",
      here: "deepCopy(table, { schema, distinct, deduplicatePartitionBy, deduplicateOrderBy, cascade, analyze, analyzeCompression, distkey, sortkey, identity, execute, … })",
      page: "deep-copy.md",
      better: {
        "identity values are never renumbered silently": [
          copies("an identity keeps its numbers and goes on beyond them"),
          options("IDENTITY columns > keep numbers and kind by way of S3, where nothing is left"),
          options("IDENTITY columns > are numbered anew when told"),
          stops("when a number reached the next one meanwhile"),
        ],
        "the batch proves in SQL, before the old table is dropped, that no row was lost": [
          stops("when a row is lost on the way, by the library and by its script alone"),
          stops("when deduplication loses a group"),
        ],
        "NULL keys are not merged silently": [
          copies("rows whose key is NULL stop it, are kept, or are merged"),
          stops("when a key is NULL, by its script alone"),
        ],
        "dependent views are carried over, with owner and grants": [
          rebound,
          dependents("regular views > stop it when one's grants or owner are not what they were"),
        ],
        "those that cannot be are named; none is dropped unasked": [
          droppedWhenTold,
          dependents(
            "regular views > of others than the table's owner are named to it; its own are carried over",
          ),
          stops("when a dependant was overlooked"),
        ],
        "the ACL afterwards equals the ACL before": [
          copies("changes the design and nothing else"),
          copies("default privileges of who runs it add nothing"),
          stops("when a grant is missing on the new table"),
          dependents("grants to roles, on the table and on columns, are the same afterwards, else it stops"),
        ],
        "`{}` and `%` in defaults work": [small("a default with braces and percent signs comes through")],
        "no row is lost to a row-level security or masking policy: such a table is refused": [
          underPolicy,
          small("a table under a masking policy is refused"),
          dependents("a table under policies is refused > when it came after the review"),
        ],
        "keys that nothing enforces do not mislead the planner": [distinct],
        "a table that changed since the review stops it": [
          stops("when a column changed after the review"),
          stops("when a grant changed after the review"),
          stops("when a view changed after the review"),
          stops("when the columns changed, by its script alone"),
        ],
        "foreign keys that point at the table come back": [copies("foreign keys of other tables come back")],
        "a table in a datashare is refused, naming it": [
          dependents("a table in a datashare is refused by the share's name until it is taken out"),
        ],
        "materialized views on the table are refused, or created again as they were": [
          small("a table that a materialized view reads is refused, naming it"),
          dependents(
            "materialized views > are refused, and with cascade created again after the commit as they were",
          ),
        ],
        "who may not see or do everything is refused before the lock": [
          copies("only its owner or a superuser may, and an owner must say that it sees less"),
          underPolicy,
        ],
        "an in-place ALTER is proposed where it would do": [
          small("the ALTER that would do without a copy is proposed, and does"),
        ],
        "a lost connection leaves the table whole": [
          "deep-copy-trouble > a connection that is lost during a deep copy > leaves the table whole, at every query that an execution sends",
        ],
        "two at once, and writers meanwhile, lose nothing": [
          "deep-copy-trouble > at the same time > two deep copies of one table leave it whole, and the second says what changed",
          "deep-copy-trouble > at the same time > a writer loses no row that it was told is in",
        ],
        "waits for the lock no longer than it is told, and names who holds it": [
          options("lockTimeoutMs > names who holds the table, and leaves the session's own timeout"),
        ],
        "the values can be proved, not only the number of rows": [
          options(
            "verify content > stops a copy that changes a value, by the library and by its script alone",
          ),
        ],
      },
      options: {
        "table: a name, or what `reflectedTable` gave": [
          options("reflectedTable > gives a table that tableDefinition writes and deepCopy makes"),
        ],
        schema: [byName],
        copyPrivileges: [copiedPrivileges],
        "useCache: ignored, a copy reads afresh": [small("reads afresh, whatever useCache says")],
        cascade: [
          droppedWhenTold,
          dependents(
            "materialized views > are refused, and with cascade created again after the commit as they were",
          ),
        ],
        distinct: [distinct],
        analyzeCompression: [
          options(
            "analyzeCompression > takes what ANALYZE COMPRESSION recommends, but for the sort key, and says that it locks",
          ),
        ],
        analyze: [small("ANALYZE comes last, after the commit, unless analyze is false")],
        deduplicatePartitionBy: [firstInOrder],
        deduplicateOrderBy: [firstInOrder],
        execute: [byName, copies("changes the design and nothing else")],
        "distkey, sortkey and the other overrides of `reflectedTable`": [
          copies("changes the design and nothing else"),
          options("columns of a deep copy > are converted without loss, computed or added"),
        ],
        "identity: generated-by-default": [copies("an identity keeps its numbers and goes on beyond them")],
        "identity: explicit-ids": [
          options("IDENTITY columns > keep numbers and kind by way of S3, where nothing is left"),
        ],
        "identity: renumber": [options("IDENTITY columns > are numbered anew when told")],
        dependents: [rebound, droppedWhenTold],
        "keepOutgoing, suffix": [copies("the old table can stay, and its name be taken already")],
        nullKeys: [copies("rows whose key is NULL stop it, are kept, or are merged")],
        lockTimeoutMs: [
          options("lockTimeoutMs > names who holds the table, and leaves the session's own timeout"),
        ],
        verify: [
          options(
            "verify content > stops a copy that changes a value, by the library and by its script alone",
          ),
          options("verify content > of a copy without duplicates stops at a row that was not there"),
        ],
        "assumeNoPolicies, allowPartialPrivileges": [
          copies("only its owner or a superuser may, and an owner must say that it sees less"),
        ],
        "stagingPrefix, authorization": [
          options("IDENTITY columns > keep numbers and kind by way of S3, where nothing is left"),
          options("IDENTITY columns > leave nothing in S3 when the copy fails, and the table as it was"),
        ],
      },
    },
  ],
};
