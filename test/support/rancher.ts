import { gte } from "semver";
import type { Answers } from "./server.ts";

/** Rancher as the runbook installs it. */
export const CATTLE = { namespace: "cattle-system", deployment: "cattle", container: "cattle-server" };

/** The Rancher that a rollback wants there. */
export const WANTED = {
  ...CATTLE,
  ...{ image: "rancher/rancher:v2.5.8", version: "v2.5.8", url: "https://rancher.example.com" },
};

/**
 * What a Rancher answers to whoever is not logged in (rancher v2.0.0 server/server.go, v2.5.0 to v2.12.12
 * pkg/multiclustermanager/routes.go, pkg/auth/requests). `ui` is the version of the UI in its image.
 */
export function rancherAnswers(version: string, ui: string): Answers {
  const message = gte(version, "2.5.0") ? "Unauthorized 401: must authenticate" : "must authenticate";
  const unauthorized: [number, string] = [401, JSON.stringify({ type: "error", status: "401", message })];
  const cacerts = { id: "cacerts", name: "cacerts", type: "setting", value: "", default: "", source: "default" };
  return {
    "/ping": "pong",
    "/healthz": "ok",
    "/v3/settings/cacerts": JSON.stringify(cacerts),
    "/v3/settings/server-version": unauthorized,
    "/v3": unauthorized,
    "/VERSION.txt": `${ui}\n`,
    "/rancherversion": gte(version, "2.7.0")
      ? JSON.stringify({ Version: version, GitCommit: "0123456", RancherPrime: "false" })
      : [404, "404 page not found\n"],
  };
}
