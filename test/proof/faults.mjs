// @ts-check

/** Both loads, by the titles under which their tests stand. */
const loads = ["copyTableToRedshift", "copyJsonToTable"];

/** The same test of each load. @param {string} title */
const atBoth = (title) => loads.map((load) => `load-fault-points > ${load} > ${title}`);

/** @param {string} point @param {string} signal @param {string} outcome */
const killed = (point, signal, outcome) =>
  ["load json", "load postgres"].map((load) => `load-killed > ${load} > ${point}, ${signal}: ${outcome}`);

const stopped = "the table is as it was, and nothing is left";
const cleaned = "the table is as it was, load clean removes what is left, and another run is not harmed";
const repeated = "once or twice is repeated unless it is final, always is an error";

/** What a load or unload does when something fails: members of no original, told as members are. @type {import("./members.mjs").Section} */
export const faults = {
  title: "When something fails",
  members: [
    {
      here: "load json, load postgres",
      page: "load-safety.md",
      better: {
        "the source's connection is dropped before the first row": [
          "load-fault-points > the connection to the source is dropped > before the first row: nothing was loaded",
        ],
        "the source's connection is dropped among the rows": [
          "load-fault-points > the connection to the source is dropped > after some: nothing was loaded",
        ],
        "the source's connection is dropped when every row is in S3": [
          "load-fault-points > the connection to the source is dropped > when all rows are in S3: they are loaded",
        ],
        "a row of the source changes during the export: the snapshot decides": [
          "load-fault-points > a row of the source that changes during the export: the snapshot decides",
          "export-postgres > from the npm package's PostgreSQL > all sessions see one moment, whoever writes meanwhile",
        ],
        "Redshift's connection is dropped before COPY": atBoth(
          "the connection to Redshift is dropped before COPY: nothing was loaded",
        ),
        "Redshift's connection is dropped during COPY": atBoth(
          "the connection to Redshift is dropped during COPY: nothing was loaded",
        ),
        "Redshift's connection is dropped after COPY": atBoth(
          "the connection to Redshift is dropped after COPY: nothing was loaded",
        ),
        "it is dropped before COMMIT is done: what became of it is found out": [
          ...atBoth("the connection to Redshift is dropped before COMMIT is done: nothing was loaded"),
          ...loads.map(
            (load) =>
              `load-repeat > ${load} > finds out from the table of ids what became of a connection lost before COMMIT`,
          ),
        ],
        "it is dropped after COMMIT is done: what became of it is found out": [
          ...atBoth("the connection to Redshift is dropped after COMMIT is done: everything was loaded"),
          ...loads.map(
            (load) =>
              `load-repeat > ${load} > finds out from the table of ids what became of a connection lost after COMMIT`,
          ),
        ],
        "S3 answers 500": atBoth(`S3 answers with 500: ${repeated}`),
        "S3 answers 503 SlowDown": atBoth(`S3 answers with 503 SlowDown: ${repeated}`),
        "S3 refuses access": [
          ...atBoth(`S3 answers with a refusal: ${repeated}`),
          ...atBoth("S3 may refuse COPY a file: nothing was loaded"),
          ...atBoth("S3 may refuse COPY the manifest: nothing was loaded"),
        ],
        "S3 cuts a body": [
          ...atBoth(`S3 answers with a connection that is cut: ${repeated}`),
          ...atBoth("S3 may cut the body of a file that COPY reads: nothing was loaded"),
        ],
        "credentials expire half way": atBoth(
          "credentials expire half way: the error says so, and what could not be taken away",
        ),
        "the disk is full where a local path is used": atBoth(
          "the disk is full where files are written: nothing was loaded, and no file stays",
        ),
        "SIGINT during the upload": killed("during the upload", "SIGINT", stopped),
        "SIGINT during COPY": killed("during COPY", "SIGINT", stopped),
        "SIGTERM during the upload": killed("during the upload", "SIGTERM", stopped),
        "SIGTERM during COPY": killed("during COPY", "SIGTERM", stopped),
        "SIGKILL during the upload": killed("during the upload", "SIGKILL", cleaned),
        "SIGKILL during COPY": killed("during COPY", "SIGKILL", cleaned),
        "Ctrl-C once stops cleanly and says so, twice stops at once": [
          "command-terminal > on a terminal > Ctrl-C > once stops the load cleanly, says so at once, and nothing is loaded or left",
          "command-terminal > on a terminal > Ctrl-C > twice stops at once, and says what may be left",
        ],
        "a transaction that met another one (1023) is run again, boundedly and announced": [
          'load-faults > faults of Redshift > a transaction that met another one is run again as a whole, which is told ({"target":"sql","statement":{},"action":"1023","times":2})',
          "load-faults > faults of Redshift > one that always meets another one is given up after four attempts",
        ],
        "two runs that begin at once with one run id load once": loads.map(
          (load) =>
            `load-repeat > ${load} > of two runs that begin at once with one id loads once, also where the table of ids is missing`,
        ),
      },
      options: {},
    },
    {
      here: "copyTableToS3",
      page: "load-postgres.md",
      better: {
        "S3 that fails for good leaves nothing": ["500", "503", "deny", "drop"].map(
          (action) => `load-fault-points > copyTableToS3 > leaves nothing when S3 answers with ${action}`,
        ),
        "a source that fails half way leaves nothing": [
          "load-fault-points > copyTableToS3 > leaves nothing when the source fails half way",
        ],
        "a signal stops every session": [
          "export-postgres > from the npm package's PostgreSQL > a table of some size > a signal stops every session",
        ],
      },
      options: {},
    },
    {
      here: "unloadTableToS3",
      page: "unload.md",
      better: {
        "an UNLOAD that is rolled back names the files that it left": [
          'load-fault-points > unloadTableToS3 > that is rolled back names the files it left (replace, {"target":"sql","statement":{},"operation":"after","action":"drop"})',
        ],
        "S3 that refuses its files": [
          "load-fault-points > unloadTableToS3 > whose files S3 refuses leaves none",
        ],
      },
      options: {},
    },
  ],
};
