// @ts-check
// Replaces a table by a copy without duplicates, with another distribution and sort key.
import { Redshift } from "shiftmanager";

const redshift = new Redshift();
try {
  await redshift.execute(`
    CREATE TABLE example_events (id BIGINT NOT NULL, user_id INT, at TIMESTAMP) DISTSTYLE EVEN;
    INSERT INTO example_events VALUES (1, 7, '2026-01-01'), (1, 7, '2026-01-02'), (2, 8, '2026-01-03')`);

  const batch = await redshift.deepCopy("example_events", {
    deduplicatePartitionBy: ["id"],
    deduplicateOrderBy: "at DESC", // the newest row of each id
    distkey: "user_id",
    sortkey: ["at", "id"],
  });
  for (const note of batch.notes) console.log("note:", note);
  console.log(batch.toScript());

  // It would stop here, before any change, if the table were no longer as it was reviewed.
  await redshift.execute(batch);

  const [result] = await redshift.execute("SELECT id, at FROM example_events ORDER BY id");
  console.log(result?.rows);
  console.log(String(await redshift.tableDefinition("example_events")));
} finally {
  await redshift.execute("DROP TABLE IF EXISTS example_events");
  await redshift.close();
}
