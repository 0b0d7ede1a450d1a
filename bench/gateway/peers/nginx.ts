/** nginx as a plain reverse proxy: one worker, connections to the bank kept alive. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PeerProgram } from '../../../test/support/peer-programs.ts'
import { freePort } from '../../../test/support/free-port.ts'
import { type RunningPeer, startPeer } from '../../../test/support/running-peer.ts'

export async function startNginx(
  program: PeerProgram,
  folder: string,
  upstream: URL,
): Promise<RunningPeer> {
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${join(folder, name)};`)
    .join('\n')
  writeFileSync(
    file,
    `daemon off;
worker_processes 1;
pid ${join(folder, 'nginx.pid')};
error_log stderr error;
events { worker_connections 1024; }
http {
${temporary}
  access_log off;
  keepalive_timeout 65s;
  keepalive_requests 100000000;
  upstream bank {
    server ${upstream.host};
    keepalive 256;
    keepalive_requests 100000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://bank;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`,
  )
  return startPeer(program, ['-c', file, '-p', folder], port)
}
