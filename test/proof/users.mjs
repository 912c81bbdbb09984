// @ts-check

const everyOption = "members > createUser > each option shows in the statements and in the catalog";
const changes =
  "members > alterUser > RENAME, options, SET and RESET are a statement each, in one transaction";
const nullOrUntil = "members > alterUser > a parameter that is null is reset, and validUntil counts";
const lengths =
  "members > randomPassword > each length from 8 to 64 makes a password that logs in; others are refused";
const kinds =
  "members > randomPassword > has every kind that Redshift asks for, only characters that it allows, and none more often than another";

/** @type {import("./members.mjs").Section} */
export const users = {
  title: "Users",
  members: [
    {
      python: "random_password(length=64)",
      here: "randomPassword(length = 64)",
      page: "users.md",
      better: {
        "8 to 64 characters, enforced": [lengths],
        "at least one upper-case letter, lower-case letter and digit": [kinds],
        "only characters that Redshift allows": [kinds, lengths],
        unbiased: [kinds],
        "from the system's secure source": [
          "members > randomPassword > draws on the system's secure source, and on nothing else",
        ],
      },
      options: { length: [lengths] },
    },
    {
      python: "create_user(name, password, valid_until, createdb, createuser, groups, execute, **parameters)",
      here: "createUser(name, password, { validUntil, createdb, createuser, groups, parameters, passwordHash, execute })",
      page: "users.md",
      better: {
        "names, groups and values of parameters are quoted": [
          "members > createUser > names, groups and values of parameters cannot leave their quotes",
          "users > users in the sandbox > any name and password survive the builder and the server",
        ],
        "parameters are further `ALTER USER … SET` statements": [everyOption],
        "passwordHash sends a verifier, md5 or sha256, not the clear text": [
          "members > createUser > a verifier goes in place of the password, which is nowhere in the SQL",
          "users > users in the sandbox > an md5 verifier logs in as the clear password does",
          "users > users in the sandbox > a SHA-256 password says that this driver cannot answer it",
        ],
      },
      options: {
        "name, password": [everyOption],
        "validUntil, as text or Date": [everyOption, nullOrUntil],
        createdb: [everyOption],
        createuser: ["members > createUser > createuser makes a superuser; without execute nothing happens"],
        groups: [everyOption],
        execute: ["members > createUser > createuser makes a superuser; without execute nothing happens"],
        parameters: [everyOption],
        "syslogAccess, connectionLimit, sessionTimeoutSeconds, externalId": [
          "groups > users as they are read > each option of Redshift's comes back",
        ],
      },
    },
    {
      python: "alter_user(name, password, valid_until, createdb, createuser, rename, execute, **parameters)",
      here: "alterUser(name, { password, validUntil, createdb, createuser, rename, parameters, execute })",
      page: "users.md",
      better: {
        "one statement for each RENAME, SET and RESET": [changes],
        "a parameter that is null is reset": [changes, nullOrUntil],
        "validUntil is not ignored": [changes, nullOrUntil],
        "nothing to change is an error": ["members > alterUser > nothing to change is an error"],
        "says that RENAME clears the password": [
          "members > alterUser > RENAME says that it clears the password, and does",
        ],
      },
      options: {
        password: [
          changes,
          "users > users in the sandbox > rename and password in one batch leave a user who can log in",
        ],
        validUntil: [changes, nullOrUntil],
        createdb: [changes],
        createuser: [changes],
        rename: [changes],
        execute: [changes],
        parameters: [changes],
      },
    },
  ],
};
