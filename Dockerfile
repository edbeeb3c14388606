# syntax=docker/dockerfile:1
# Bundles and tokens are mounted, not built in:
# docker run -v ./bundles:/bundles:ro -v ./tokens:/tokens:ro -p 8080:8080 IMAGE serve /bundles/liver --host 0.0.0.0 --tokens /tokens/file

FROM node:20-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:20-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# Where jobs are kept that server and workers share: a volume takes its owner from here.
RUN install -d -o 1000 -g 1000 -m 700 /jobs
# The user `node` of the base image.
USER 1000
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health').then(({ok}) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["--help"]
