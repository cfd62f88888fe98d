import { OWN_FOLDER } from "../node/ownFolder.ts";
import { asRoot } from "../node/privilege.ts";
import { shellCommand } from "../shell.ts";

/** On an etcd host, the folder of a snapshot that is fetched to be proven: RKE restores nothing from there. */
export const FETCHED_FOLDER = `${OWN_FOLDER}/fetched`;

/** Removes what was fetched, also by a run that was killed. */
export const REMOVE_FETCHED_SCRIPT = asRoot(shellCommand(["rm", "-rf", FETCHED_FOLDER]));
