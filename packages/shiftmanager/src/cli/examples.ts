import type { Command } from "commander";

/** What a person would type, by command; each is shown under the command's help. */
const examples: Readonly<Record<string, readonly string[]>> = {
  "user create": [
    "shiftmanager user create etl_loader --generate-password --group etl",
    "shiftmanager user create etl_loader --generate-password --group etl --execute",
  ],
  "user alter": [
    "shiftmanager user alter etl_loader --generate-password --valid-until 2030-01-01 --execute",
    "shiftmanager user alter etl_loader --set search_path=analytics,public --reset timezone --execute",
  ],
  "user drop": ["shiftmanager user drop etl_loader --if-exists --execute"],
  "user list": ["shiftmanager user list"],
  "group create": ["shiftmanager group create etl --user etl_loader --execute"],
  "group drop": ["shiftmanager group drop etl --execute"],
  "group add": ["shiftmanager group add etl ada,grace --execute"],
  "group remove": ["shiftmanager group remove etl grace --execute"],
  "group list": ["shiftmanager group list"],
  password: ["shiftmanager password --length 32"],
  "table list": ["shiftmanager table list --schema analytics"],
  "table exists": ["shiftmanager table exists analytics.events"],
  "table show": [
    "shiftmanager table show analytics.events > events.sql",
    "shiftmanager table show analytics.events --analyze-compression",
  ],
  "table privileges": ["shiftmanager table privileges analytics.events"],
  "table deep-copy": [
    "shiftmanager table deep-copy analytics.events --distkey user_id --sortkey created_at",
    "shiftmanager table deep-copy analytics.events --deduplicate-by id --order-by 'created_at DESC' --execute",
    "shiftmanager table deep-copy analytics.events --identity explicit-ids --staging-prefix s3://my-bucket/staging",
  ],
  "view list": ["shiftmanager view list --schema analytics"],
  "view show": ["shiftmanager view show analytics.daily_events > daily_events.sql"],
  "schema dump": [
    "shiftmanager schema dump analytics > analytics.sql",
    "shiftmanager schema dump analytics --principals > analytics-with-users.sql",
  ],
  "load json": [
    "shiftmanager load json events.json.gz --table analytics.events --s3 s3://my-bucket/loads --execute",
    "zcat events-*.json.gz | shiftmanager load json - --table analytics.events --s3 s3://my-bucket/loads --execute",
  ],
  "load check": [
    "shiftmanager load check events.json.gz --table analytics.events",
    "zcat events-*.json.gz | shiftmanager load check - --table analytics.events --timeformat epochmillisecs",
  ],
  "load postgres": [
    "shiftmanager load postgres --from-table public.events --source-host db.example.com --source-database app --source-user reader --table analytics.events --s3 s3://my-bucket/loads --execute",
  ],
  "load clean": [
    "shiftmanager load clean s3://my-bucket/loads",
    "shiftmanager load clean s3://my-bucket/loads --older-than 1d --execute",
  ],
  unload: ["shiftmanager unload analytics.events s3://my-bucket/exports/events- --format json --execute"],
  "s3 put": [
    "shiftmanager s3 put events.csv s3://my-bucket/exports/events.csv --content-type text/csv --execute",
    "pg_dump app | gzip | shiftmanager s3 put - s3://my-bucket/backups/app.sql.gz --execute",
  ],
  repl: ["shiftmanager repl", "echo 'redshift.getTableNames()' | shiftmanager repl"],
  "sandbox start": ["shiftmanager sandbox start --env-file .env.sandbox"],
  "sandbox exec": ["shiftmanager sandbox exec -- shiftmanager table list"],
  "sandbox clean": ["shiftmanager sandbox clean"],
  completion: ["shiftmanager completion bash > ~/.local/share/bash-completion/completions/shiftmanager"],
  config: ["shiftmanager config", "shiftmanager config --json"],
  exec: [
    "shiftmanager exec -c 'SELECT COUNT(*) FROM analytics.events'",
    "shiftmanager exec migration.sql --execute",
  ],
};

/** Puts its examples under the help of every command of a program. */
export function addExamples(command: Command, path: readonly string[] = []): void {
  const lines = examples[path.join(" ")];
  if (lines !== undefined) {
    command.addHelpText(
      "after",
      `\n${lines.length === 1 ? "Example" : "Examples"}:\n${lines.map((line) => `  ${line}`).join("\n")}`,
    );
  }
  for (const sub of command.commands) addExamples(sub, [...path, sub.name()]);
}
