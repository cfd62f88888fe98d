import { readFileSync } from "node:fs";
import { jsonOf } from "../json.ts";
import { get, type HttpAnswer, type NoAnswer } from "./http.ts";

export interface RancherAddress {
  /** e.g. `https://rancher.example.com`. */
  url: string;
  /** PEM file of the authority that signed Rancher's certificate, where the machine does not know it. */
  caFile?: string;
}

/** Why a path of Rancher's address did not give what Rancher gives there. */
export type AnswerFailure = { path: string } & (
  | { kind: "no-answer"; reason: string; isUntrusted: boolean }
  | { kind: "redirect"; status: number; location: string; toItself: boolean }
  | { kind: "status"; status: number; isDefaultBackend: boolean }
  | { kind: "other-body" }
);

/** What one pod behind Rancher's address answers without a login. */
export interface RancherAnswer {
  /** Why Rancher does not serve; absent when `/ping` and `/v3/settings/cacerts` are as they must be. */
  trouble?: AnswerFailure;
  version?: string;
  /** There is no `/rancherversion`: it is a Rancher below v2.7.0. */
  lacksVersionRoute?: true;
  /** By `/VERSION.txt`: the version of the UI in the image of the pod that answers. */
  ui?: string;
}

/**
 * Asks Rancher's address once, by what every version answers without a login: `/v3/settings/server-version` is a 401 in
 * all of them (rancher v2.0.0 server/server.go to v2.12.0 pkg/multiclustermanager/routes.go). What goes wrong is part of
 * the answer.
 * @param timeoutMs for each path.
 */
export async function readAnswer({ url, caFile }: RancherAddress, timeoutMs?: number): Promise<RancherAnswer> {
  const ask = asker(url, caFile, timeoutMs);
  const ping = await ask("/ping", (body) => body.trim() === "pong");
  if ("kind" in ping) return { trouble: ping };
  // Unlike /ping, which answers as long as the process runs, the setting is read through Rancher's own API.
  const [cacerts, version, ui] = await Promise.all([
    ask("/v3/settings/cacerts", (body) => fieldOf(body, "value") !== undefined),
    ask("/rancherversion", (body) => Boolean(fieldOf(body, "Version"))),
    ask("/VERSION.txt", (body) => /^\d+\.\d+\.\d+\S*$/.test(body.trim())),
  ]);
  const lacksRoute = isMissing(version);
  const trouble = [cacerts, ...(lacksRoute || isRefused(version) ? [] : [version])].find((found) => "kind" in found);
  return {
    ...(trouble && { trouble }),
    ...("body" in version && { version: fieldOf(version.body, "Version") as string }),
    ...(lacksRoute && { lacksVersionRoute: true }),
    ...("body" in ui && { ui: ui.body.trim() }),
  };
}

/** Rancher answers a path that it does not have with 404, and to a browser with its web page. */
function isMissing(found: HttpAnswer | AnswerFailure): boolean {
  return "kind" in found && (found.kind === "other-body" || (found.kind === "status" && found.status === 404));
}

/** Something before Rancher forbids that path: it shows nothing, and the Kubernetes API shows the rest. */
function isRefused(found: HttpAnswer | AnswerFailure): boolean {
  return "kind" in found && found.kind === "status" && [401, 403].includes(found.status);
}

function asker(url: string, caFile: string | undefined, timeoutMs: number | undefined) {
  return async (path: string, isGood: (body: string) => boolean): Promise<HttpAnswer | AnswerFailure> => {
    const asked = new URL(path, url);
    try {
      const answer = await get(asked, caFile ? readFileSync(caFile) : undefined, timeoutMs);
      if (answer.status === 200) return isGood(answer.body) ? answer : { path, kind: "other-body" };
      return refusal(asked, answer);
    } catch (error) {
      const { message, isUntrusted = false } = error as NoAnswer;
      return { path, kind: "no-answer", reason: message, isUntrusted };
    }
  };
}

function refusal(asked: URL, { status, body, location }: HttpAnswer): AnswerFailure {
  const path = asked.pathname;
  if (status >= 300 && status < 400 && location !== undefined && URL.canParse(location, asked.href)) {
    const target = new URL(location, asked.href);
    // Without a query, which may hold a session of whatever asks for a login there.
    const shown = `${target.origin}${target.pathname}`;
    return { path, kind: "redirect", status, location: shown, toItself: target.href === asked.href };
  }
  return { path, kind: "status", status, isDefaultBackend: status === 404 && /default backend/i.test(body) };
}

function fieldOf(body: string, name: string): string | undefined {
  const value = (jsonOf(body) as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === "string" ? value : undefined;
}
