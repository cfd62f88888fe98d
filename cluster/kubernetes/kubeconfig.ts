import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { systemErrorText } from "../systemError.ts";
import { KubeconfigError } from "./apiError.ts";

/** Loads the kubeconfig that RKE writes. @throws KubeconfigError of one line. */
export function loadKubeconfig(file: string): KubeConfig {
  const config = new KubeConfig();
  const mistake = load(config, file) ?? (config.getCurrentCluster() ? undefined : "it names no cluster");
  if (mistake === undefined) return config;
  throw new KubeconfigError(file, mistake);
}

/** @returns why it cannot be loaded. The parser quotes the file below its first line, keys and all. */
function load(config: KubeConfig, file: string): string | undefined {
  try {
    const text = readFileSync(file, "utf8");
    if (text.trim() === "") return "it is empty";
    config.loadFromString(text);
    config.makePathsAbsolute(dirname(file));
    return undefined;
  } catch (error) {
    return systemErrorText(error).split("\n")[0];
  }
}
