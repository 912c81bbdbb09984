/**
 * PostgreSQL's text about roles as Redshift words it: `role "group/etl" does not exist` is `group "etl" does not exist`,
 * `role "role/etl"` is `role "etl"`, any other role is a user.
 */
export function roleWords(text: string): string {
  if (!text.includes("role")) return text;
  return text
    .replace(/\brole "group\/([^]*?)"/g, 'group "$1"')
    .replace(/\brole "(?!role\/)([^]*?)"/g, 'user "$1"')
    .replace(/\brole "role\/([^]*?)"/g, 'role "$1"')
    .replace(/\b(create|drop|alter|rename) role\b/g, "$1 user");
}

/**
 * A detail that names what only PostgreSQL has: rights of roles, where Redshift has superusers and system privileges.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
 */
export function isOfRolesAlone(detail: string): boolean {
  return detail.startsWith("Only roles with ");
}
