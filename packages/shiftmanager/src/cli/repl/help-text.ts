/** What the prompt says of itself. */
export interface HelpText {
  readonly welcome: string;
  readonly full: string;
}

/** @param databases - the names of the `Redshift` objects at hand */
export function helpText(databases: readonly string[]): HelpText {
  const names = databases.length === 0 ? "no database" : databases.join(", ");
  const one = databases.includes("redshift") ? "redshift" : (databases[0] ?? "redshift");
  return {
    welcome: `At hand: ${names}, and every export of shiftmanager. Tab completes, .help says more, Ctrl-D leaves.`,
    full: `Databases at hand: ${names}. What a method or "await" comes to is printed.

  ${one}.getTableNames()                                     the names of tables and views
  ${one}.execute("SELECT * FROM events LIMIT 5")             rows, as a table
  batch = await ${one}.deepCopy("events", { distinct: true })  the SQL, to read; nothing was changed
  ${one}.execute(batch)                                      runs it
  new Redshift({ host: "…", database: "…", user: "…" })      another database
  sql\`SELECT \${1}\`, identifier("a b"), randomPassword()      and every other export of shiftmanager

Tab completes members, and inside a text tables and columns. Ctrl-C cancels the running statement on the server.
_ is the last value, _error the last error. .editor for several lines, .load FILE and .save FILE, .exit or Ctrl-D to leave.`,
  };
}
