import { OptionsError } from "../errors.ts";

/**
 * Loads an optional package that the user installs beside this one.
 * @throws OptionsError saying how, when it is not there
 */
export async function loadPeer<T>(
  name: string,
  what: string,
  load: () => Promise<T>,
  install = name,
): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // A package that is there and lacks one of its own is broken, which is another story.
    if (code !== "ERR_MODULE_NOT_FOUND" || !message.includes(`'${name}'`)) throw error;
    throw new OptionsError(
      `${what} need the package ${name}, which is not installed beside shiftmanager; run npm install ${install}.`,
      { cause: error },
    );
  }
}
