import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";

/**
 * Whether Pulumi has a backend already, without asking Pulumi: named by the environment or the project, or logged in to
 * (sdk/go/common/workspace/creds.go and backend/httpstate v3.200.0).
 * @param project the folder of Pulumi.yaml.
 */
export function hasBackend(env: NodeJS.ProcessEnv, project: string): boolean {
  if (env.PULUMI_BACKEND_URL || env.PULUMI_ACCESS_TOKEN) return true;
  const home = env.PULUMI_CREDENTIALS_PATH || env.PULUMI_HOME || join(homedir(), ".pulumi");
  return Boolean(read(join(project, "Pulumi.yaml"))?.backend?.url || read(join(home, "credentials.json"))?.current);
}

/** A file that is no YAML, of which JSON is a part, is Pulumi's to complain of. */
function read(file: string): { backend?: { url?: unknown }; current?: unknown } | null {
  try {
    return existsSync(file) ? parse(readFileSync(file, "utf8")) : null;
  } catch {
    return null;
  }
}
