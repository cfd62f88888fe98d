import dns from "node:dns";
import { createServer } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { type RancherAnswer, readAnswer } from "../../../cluster/rancher/answer.ts";
import { selfSigned } from "../../support/certificate.ts";
import { rancherAnswers } from "../../support/rancher.ts";
import { closedPort, listen, serve } from "../../support/server.ts";

const V258 = rancherAnswers("v2.5.8", "2.5.8");
const ANSWER = { ui: "2.5.8", lacksVersionRoute: true };
type Found = (error: null, addresses: dns.LookupAddress[]) => void;

/** The trouble with an address at which nobody answers. */
const silence = (reason: string, isUntrusted = false) => ({
  trouble: { path: "/ping", kind: "no-answer", reason, isUntrusted },
});

describe("what a Rancher answers without a login", () => {
  test.each<[string, string, RancherAnswer]>([
    ["v2.0.8", "2.0.67", { ui: "2.0.67", lacksVersionRoute: true }],
    ["v2.1.0", "2.0.77", { ui: "2.0.77", lacksVersionRoute: true }],
    ["v2.4.18", "2.4.49", { ui: "2.4.49", lacksVersionRoute: true }],
    ["v2.5.8", "2.5.8", { ui: "2.5.8", lacksVersionRoute: true }],
    ["v2.6.14", "2.6.13", { ui: "2.6.13", lacksVersionRoute: true }],
    ["v2.7.0", "2.7.0", { ui: "2.7.0", version: "v2.7.0" }],
    ["v2.12.12", "2.12.3", { ui: "2.12.3", version: "v2.12.12" }],
  ])("of %s is its UI %s, and its version from v2.7.0 on", async (version, ui, answer) => {
    expect(await readAnswer({ url: await serve(rancherAnswers(version, ui)) })).toEqual(answer);
  });

  test("is found behind an address that ends in a slash", async () => {
    expect(await readAnswer({ url: `${await serve(V258)}/` })).toEqual(ANSWER);
  });

  test("is not the web page that a browser gets for every path", async () => {
    const page = "<!DOCTYPE html><html></html>";
    const url = await serve({ ...V258, "/rancherversion": page, "/VERSION.txt": page });
    expect(await readAnswer({ url })).toEqual({ lacksVersionRoute: true });
  });

  test.each([401, 403])("shows no version where something before Rancher answers with %i", async (status) => {
    const url = await serve({ ...V258, "/rancherversion": [status, "no"], "/VERSION.txt": [status, "no"] });
    expect(await readAnswer({ url })).toEqual({});
  });

  test.each<[string, [number, string] | string, RancherAnswer["trouble"]]>([
    ["/ping", [503, "starting"], { path: "/ping", kind: "status", status: 503, isDefaultBackend: false }],
    ["/ping", [404, "default backend - 404"], { path: "/ping", kind: "status", status: 404, isDefaultBackend: true }],
    ["/ping", "<html>log in</html>", { path: "/ping", kind: "other-body" }],
    [
      "/v3/settings/cacerts",
      [500, "etcd"],
      { path: "/v3/settings/cacerts", kind: "status", status: 500, isDefaultBackend: false },
    ],
    ["/v3/settings/cacerts", '{"type":"error"}', { path: "/v3/settings/cacerts", kind: "other-body" }],
    [
      "/rancherversion",
      [502, "<html>"],
      { path: "/rancherversion", kind: "status", status: 502, isDefaultBackend: false },
    ],
  ])("is trouble where %s answers %j", async (path, answer, trouble) => {
    expect((await readAnswer({ url: await serve({ ...V258, [path]: answer }) })).trouble).toEqual(trouble);
  });

  test("is not looked for behind a redirect, whose query is not shown", async () => {
    const url = await serve({ "/ping": [302, "", "https://rancher.example.com/ping?token=secret"] });
    expect(await readAnswer({ url })).toEqual({
      trouble: {
        path: "/ping",
        kind: "redirect",
        status: 302,
        location: "https://rancher.example.com/ping",
        toItself: false,
      },
    });
  });

  test("is a redirect to itself where the load balancer ends TLS and Rancher does not know", async () => {
    let url = "";
    const cacerts = () => [302, "", `${url}/v3/settings/cacerts`] as [number, string, string];
    url = await serve({ ...V258, "/v3/settings/cacerts": cacerts });
    expect((await readAnswer({ url })).trouble).toMatchObject({ kind: "redirect", toItself: true });
  });
});

describe("a Rancher that does not answer", () => {
  test("is trouble with the reason", async () => {
    const { trouble } = await readAnswer({ url: `http://127.0.0.1:${await closedPort()}` });
    expect(trouble).toMatchObject({ kind: "no-answer", reason: expect.stringContaining("ECONNREFUSED") });
  });

  test("is trouble with the reason also when its name stands for several addresses", async () => {
    vi.spyOn(dns, "lookup").mockImplementation(((_name: string, _options: object, found: Found) =>
      found(null, [
        { address: "127.0.0.1", family: 4 },
        { address: "127.0.0.2", family: 4 },
      ])) as unknown as typeof dns.lookup);
    const url = `http://rancher.example.com:${await closedPort()}`;
    expect(await readAnswer({ url })).toEqual(silence("ECONNREFUSED"));
  });

  test("but hangs up is trouble as well", async () => {
    const url = `http://127.0.0.1:${await listen(createServer((socket) => void socket.destroy()))}`;
    const { trouble } = await readAnswer({ url });
    expect(trouble).toMatchObject({ reason: expect.stringMatching(/^(socket hang up|read ECONNRESET)$/) });
  });
});

describe("Rancher over TLS", () => {
  test("is accepted when the authority's file is given", async () => {
    const { caFile, ...tls } = selfSigned();
    expect(await readAnswer({ url: await serve(V258, tls), caFile })).toEqual(ANSWER);
  });

  test("is refused with a self-signed certificate", async () => {
    const url = await serve(V258, selfSigned());
    expect(await readAnswer({ url })).toEqual(silence("self-signed certificate", true));
  });

  test("is refused with another authority's certificate", async () => {
    const url = await serve(V258, selfSigned());
    const { trouble } = await readAnswer({ url, caFile: selfSigned().caFile });
    expect(trouble).toMatchObject({ reason: expect.stringContaining("certificate") });
  });

  test("is refused under a name that the certificate does not have", async () => {
    const { caFile, ...tls } = selfSigned();
    const url = (await serve(V258, tls)).replace("127.0.0.1", "localhost");
    const { trouble } = await readAnswer({ url, caFile });
    expect(trouble).toMatchObject({ reason: expect.stringContaining("altnames") });
  });

  test("is trouble where the authority's file is gone", async () => {
    const url = await serve(V258, selfSigned());
    const { trouble } = await readAnswer({ url, caFile: "/not/there.pem" });
    expect(trouble).toMatchObject({ reason: expect.stringContaining("/not/there.pem") });
  });
});
