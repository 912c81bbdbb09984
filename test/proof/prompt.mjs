// @ts-check

/** @param {string} title */
const typed = (title) => `repl > at a terminal > ${title}`;

const names = typed(
  "databases have their names, values are awaited, rows print as a table, an error as one sentence; Ctrl-D leaves",
);
const piped = "repl > what is piped in runs line by line; an error makes the exit code 1";

/** @type {import("./members.mjs").Section} */
export const prompt = {
  title: "At the prompt",
  members: [
    {
      python: "ipython -i ~/.shiftmanager.py",
      here: "shiftmanager repl",
      page: "repl.md",
      better: {
        "the exports of `~/.shiftmanager.ts`, `.mts`, `.js` or `.mjs` are at hand by name": [
          names,
          ...["ts", "mts", "js", "mjs"].map(
            (kind) => `repl > the exports of ~/.shiftmanager.${kind} are at hand by name`,
          ),
        ],
        "top-level `await`": [names, piped],
        "history lasts": [
          typed(
            "the lines are there again the next time, in a file for the user alone; those with a secret are not",
          ),
        ],
        "Tab completes members, tables and columns": [
          typed("Tab completes members, tables, and the columns of the tables that the line names"),
        ],
        "a `Batch` prints as SQL": [
          typed("a batch prints as its SQL, in colour unless NO_COLOR says otherwise"),
        ],
        "Ctrl-C cancels the statement and not the session": [
          typed("Ctrl-C cancels the running statement on the server, and the session stays"),
        ],
      },
      options: {
        "`--config FILE`": ["repl > --config names another file, whose exports are at hand by name"],
      },
    },
  ],
};
