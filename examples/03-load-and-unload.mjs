// @ts-check
// Loads documents through S3 with one COPY, unloads them again as JSON, and loads what was unloaded.
import { LoadError, Redshift } from "shiftmanager";

const bucket = process.env["REDSHIFT_SANDBOX_BUCKET"] ?? "my-bucket";
const redshift = new Redshift({
  // REDSHIFT_IAM_ROLE names the role that COPY and UNLOAD assume.
  onEvent: (event) => {
    if (event.type === "progress" && event.done === true) console.log(event.task);
  },
});

/** Documents may come from anywhere: memory does not grow with their number. */
async function* documents() {
  for (let id = 1; id <= 1000; id += 1) yield { id, name: `nämé "${id}"`, tags: ["a", "b"] };
}

try {
  await redshift.execute("CREATE TABLE example_names (id INT, name VARCHAR(64), tags SUPER)");

  const loaded = await redshift.copyJsonToTable(bucket, "examples/load", documents(), null, "example_names", {
    slices: 4,
  });
  console.log(`${loaded.rows} rows loaded from ${loaded.files} files`);

  const unloaded = await redshift.unloadTableToS3(bucket, "examples/unload/", "example_names", {
    where: "id <= 10",
    existing: "replace",
  });
  console.log(`${unloaded.rows} rows unloaded, manifest ${unloaded.manifest}`);

  // A row that does not fit stops the load: nothing of it is kept, in the table or in S3.
  await redshift
    .copyJsonToTable(bucket, "examples/load", [{ id: 1, name: "x".repeat(65) }], null, "example_names")
    .catch((error) => {
      if (!(error instanceof LoadError)) throw error;
      console.log("refused:", error.message);
    });
} finally {
  await redshift.execute("DROP TABLE IF EXISTS example_names");
  await redshift.close();
}
