# syntax=docker/dockerfile:1
# The server with the built page. docs/server.md#in-a-container says how to run it.
ARG NODE=22-bookworm-slim

FROM node:${NODE} AS build
WORKDIR /studio
# Packages first: they change less often than the code, and their layer is kept.
COPY package.json package-lock.json .npmrc ./
RUN npm ci && rm -r node_modules/onnxruntime-node/bin/*/win32 node_modules/onnxruntime-node/bin/*/darwin
COPY . .
# The page is built with transformers.js, which the server runs without: what only builds and tests need goes.
RUN npm run build && npm prune --omit=dev

FROM node:${NODE}
WORKDIR /studio
# Inside a container only an address that others reach is of use, so the server asks for STUDIO_TOKEN at its start.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4680 STUDIO_DATA_DIR=/data MODELS_DIR=/models
COPY --from=build /studio/package.json /studio/tsconfig.json ./
COPY --from=build /studio/node_modules node_modules
COPY --from=build /studio/models/base models/base
COPY --from=build /studio/server server
COPY --from=build /studio/src src
COPY --from=build /studio/dist dist
# A new named volume takes over what lies at its place: owner, and the bundled base.
COPY --from=build --chown=node:node /studio/models/base /models/base
RUN mkdir /data && chown node:node /data /models
VOLUME ["/data", "/models"]
USER node
EXPOSE 4680
# Loading a large model may take minutes; until then the container counts as starting.
HEALTHCHECK --interval=30s --timeout=10s --start-period=5m --retries=3 CMD ["node", "server/setup/healthcheck.mjs"]
CMD ["node", "--import", "./server/lib/typescript.mjs", "server/main.ts"]
