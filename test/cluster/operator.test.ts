import { hostname, userInfo } from "node:os";
import { afterEach, expect, test, vi } from "vitest";
import { holderName, userName } from "../../cluster/operator.ts";

vi.mock("node:os", async (original) => {
  const os = await original<typeof import("node:os")>();
  return { ...os, userInfo: vi.fn(os.userInfo) };
});
afterEach(() => vi.mocked(userInfo).mockReset());

test("locks and records name the user and the machine", () => {
  vi.mocked(userInfo).mockReturnValue({ username: "ops" } as ReturnType<typeof userInfo>);
  expect(holderName()).toBe(`ops@${hostname()}`);
});

test("a user without a name, as in a container, is named by the environment, else by number", () => {
  vi.mocked(userInfo).mockImplementation(() => {
    throw new Error("uv_os_get_passwd returned ENOENT");
  });
  expect(userName({ USER: "jenkins" })).toBe("jenkins");
  expect(userName({})).toBe(`uid ${process.getuid?.()}`);
  expect(holderName()).toMatch(/.@./);
});
