const encodePath = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

/** Where things are on the server; the page and the server's own tests use these, so that no address is written twice. */
export const apiPaths = {
  health: "/health",
  ready: "/ready",
  metrics: "/metrics",
  token: "/api/token",
  bases: "/api/bases",
  versions: "/api/registry/versions",
  version: (version: string) => `/api/registry/versions/${encodeURIComponent(version)}`,
  gate: (version: string) => `/api/registry/versions/${encodeURIComponent(version)}/gate`,
  promote: (version: string) => `/api/registry/versions/${encodeURIComponent(version)}/promote`,
  archive: (version: string) => `/api/registry/versions/${encodeURIComponent(version)}/archive`,
  restore: (version: string) => `/api/registry/versions/${encodeURIComponent(version)}/restore`,
  exports: (version: string) => `/api/registry/versions/${encodeURIComponent(version)}/exports`,
  export: (version: string, id: string) =>
    `/api/registry/versions/${encodeURIComponent(version)}/exports/${encodeURIComponent(id)}`,
  publish: (version: string) => `/api/registry/versions/${encodeURIComponent(version)}/publish`,
  hubFile: (repo: string, revision: string, path: string) =>
    `/${encodePath(repo)}/resolve/${encodeURIComponent(revision)}/${encodePath(path)}`,
  rollback: "/api/registry/rollback",
  production: "/api/registry/production",
  events: "/api/registry/events",
  uploads: "/api/registry/uploads",
  upload: (id: string) => `/api/registry/uploads/${encodeURIComponent(id)}`,
  uploadFile: (id: string, path: string) => `/api/registry/uploads/${encodeURIComponent(id)}/files/${encodePath(path)}`,
  uploadCommit: (id: string) => `/api/registry/uploads/${encodeURIComponent(id)}/commit`,
  baseFile: (name: string, path: string) => `/base/${encodeURIComponent(name)}/${encodePath(path)}`,
} as const;
