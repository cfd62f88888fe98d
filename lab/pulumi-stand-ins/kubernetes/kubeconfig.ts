import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";

/** A kubeconfig, given as a path or as its text. */
export function parseKubeconfig(pathOrText: string): KubeConfig {
  const path = pathOrText.replace(/^~(?=\/|$)/, homedir());
  const config = new KubeConfig();
  if (existsSync(path)) {
    config.loadFromString(readFileSync(path, "utf8"));
    config.makePathsAbsolute(dirname(path));
  } else config.loadFromString(pathOrText);
  if (!config.getCurrentCluster()) throw new Error("it names no cluster in its current context");
  return config;
}
