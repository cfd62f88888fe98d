import { access, constants } from "node:fs/promises";

export function exists(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

export function isExecutable(path: string): Promise<boolean> {
  return exists(path, constants.X_OK);
}
