import type { OpenedSnapshot } from "../opened/open.ts";
import { hazardIf, ofNames } from "./named.ts";
import { CA_CERTIFICATES, FLEET, idOf, SECRET_DATA, SERVER_URL, TLS_SECRETS } from "./questions.ts";
import { backupRestores } from "./remade.ts";
import type { CommonHazard } from "./schema.ts";

export function commonHazards({ opened, live, answers }: OpenedSnapshot): CommonHazard[] {
  if ("unknown" in live) return [];
  const keys = [...new Set([...opened.keys.keys(), ...live.keys.keys()])];
  const fleet = keys.filter((key) => {
    if (!FLEET.some((prefix) => key.startsWith(prefix))) return false;
    return !opened.keys.has(key) || !live.keys.has(key) || answers.get(key)?.same === false;
  });
  const settings = [SERVER_URL, CA_CERTIFICATES].filter((key) => answers.get(key)?.same === false);
  const secrets = TLS_SECRETS.filter((key) => answers.get(key)?.alike[SECRET_DATA] === false);
  const address = [...settings, ...secrets].map(idOf);
  const url = answers.get(SERVER_URL);
  const [snapshot, now] = settings.includes(SERVER_URL)
    ? [url?.opened.value?.[0], url?.live.value?.[0]].map((one) => (typeof one === "string" ? one : undefined))
    : [];
  return [
    ...hazardIf(address.length > 0, "address-changed", settings.length > 0 ? "work" : "note").map((one) => ({
      ...{ ...one, names: address },
      ...(snapshot && { snapshot }),
      ...(now && { now }),
    })),
    ...ofNames("fleet-changed", "work", fleet.map(workspaceAndName)),
  ];
}

function workspaceAndName(key: string): string {
  return key.split("/").slice(-2).join("/");
}

/** Hazards by rancher-backup; known also where the live data cannot be read. */
export function backupHazards(opening: OpenedSnapshot): CommonHazard[] {
  return ofNames("rancher-backup-used", "work", backupRestores(opening));
}
