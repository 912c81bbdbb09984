// @ts-check
// Creates a group and a user with a generated password, shows what the user may do, and removes both again.
import { Redshift, StatementError, randomPassword } from "shiftmanager";

const redshift = new Redshift(); // PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD
const password = randomPassword();
try {
  await redshift.execute("CREATE GROUP example_readers; CREATE TABLE example_facts (a INT)");
  await redshift.execute("GRANT SELECT ON example_facts TO GROUP example_readers");

  // Built and shown first; the password shows as <secret>.
  const batch = await redshift.createUser("example_user", password, {
    groups: ["example_readers"],
    validUntil: new Date("2031-01-01"),
    parameters: { statement_timeout: 60_000 },
    passwordHash: "md5",
  });
  console.log(String(batch));
  await redshift.execute(batch);

  await asTheUser();

  // A rename clears the password, so the new one goes with it.
  await redshift.alterUser("example_user", {
    rename: "example_colleague",
    password: randomPassword(),
    passwordHash: "md5",
    execute: true,
  });
  await redshift.execute("DROP USER example_colleague");
} finally {
  await redshift.execute("DROP TABLE example_facts; DROP GROUP example_readers");
  await redshift.close();
}

async function asTheUser() {
  const user = new Redshift({ user: "example_user", password });
  try {
    const [result] = await user.execute("SELECT COUNT(*) AS n FROM example_facts");
    console.log("may read:", result?.rows[0]);
    await user.execute("DELETE FROM example_facts");
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const refused = error.cause instanceof StatementError ? error.cause : error;
    console.log("may not delete:", refused.message);
  } finally {
    await user.close();
  }
}
