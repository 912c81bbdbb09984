import type { Session } from "../session.ts";
import { complete, incomplete, type Reading } from "./reading.ts";
import type { SessionUser } from "./session-user.ts";
import type { SystemViews } from "./system-views.ts";
import type { TableRow } from "./tables.ts";

interface ShareRow {
  readonly share: string;
}

// A name is `schema.table`; whether odd ones are in quotes there the manual does not say, so both are looked for.
const sharesQuery = `
SELECT DISTINCT share_name::varchar AS share
FROM svv_datashare_objects
WHERE lower(share_type) = 'outbound'
  AND lower(object_type) = 'table'
  AND object_name IN ($1, $2)
ORDER BY share`;

/**
 * Reads the datashares that a table was put into. Only superusers see all of them.
 * @see AWS Database Developer Guide, SVV_DATASHARE_OBJECTS (r_SVV_DATASHARE_OBJECTS)
 */
export async function readDatashares(
  session: Session,
  table: Pick<TableRow, "schema" | "name">,
  user: SessionUser,
  views: SystemViews,
): Promise<Reading<readonly string[]>> {
  // A server that has no such view has no datashares.
  if (!views.has("svv_datashare_objects")) return complete([]);
  const missing = "Only a superuser sees every datashare that the table is in.";
  if (views.get("svv_datashare_objects")?.readable !== true) return incomplete([], missing);
  const plain = `${table.schema}.${table.name}`;
  const quoted = [table.schema, table.name].map((part) => `"${part.replaceAll('"', '""')}"`).join(".");
  const { rows } = await session.query<ShareRow>(sharesQuery, [plain, quoted]);
  const found = rows.map(({ share }) => share.trim());
  return user.superuser ? complete(found) : incomplete(found, missing);
}
