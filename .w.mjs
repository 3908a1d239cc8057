import http2 from "node:http2"; import {q, conn, req} from "/tmp/x/raw.mjs"; import {readFileSync} from "node:fs"; import {execSync} from "node:child_process";
const N=+process.argv[2]||10000, port=8090, pid=+readFileSync("/tmp/x/serve.pid");
const per=100; const H={":method":"POST",":path":"/godot.control.v1.GodotControlService/WatchHealth","content-type":"application/grpc","te":"trailers"};
const rss=()=>+/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`,"utf8"))[1];
const settle=ms=>new Promise(r=>setTimeout(r,ms));
let count=0; let times=[]; let t0=0; let want=Infinity, done;
const c=conn(port); 
await settle(500); const m0=rss(); 
const ss=[]; let first=0;
const tOpen=performance.now();
await new Promise(res=>{ for(let i=0;i<N/per;i++){const s=http2.connect("http://127.0.0.1:"+port); ss.push(s); s.on("error",e=>console.log("session",e.message)); for(let j=0;j<per;j++){const r=s.request(H); r.end(Buffer.alloc(5)); r.on("error",e=>console.log(e.message)); let f=true; r.on("data",()=>{ if(f){f=false; if(++first===N)res();} else {times.push(performance.now()-t0); if(times.length===want)done();} });}} });
console.log("open all ms",(performance.now()-tOpen)|0);
await settle(2000); console.log("KB each", (rss()-m0)/N);
const L=["menu","main"].map(s=>req("POST","/scene/load",JSON.stringify({scene_path:`res://demo/${s}.tscn`})));
for(let k=0;k<5;k++){ times=[]; const p=new Promise(r=>done=r); want=N; t0=performance.now(); 
 const un=[]; let stop=false; const c2=conn(port); const u=(async()=>{while(!stop){const t=performance.now(); await c2.call(req("GET","/scene")); un.push(performance.now()-t); await settle(1);} c2.close();})();
 await c.call(L[k%2]); await Promise.race([p,settle(5000)]); stop=true; await u; console.log("got",times.length,"p50",q(times)|0,"p99",q(times,.99)|0,"unary p99",q(un,.99).toFixed(1),"max",Math.max(...un).toFixed(1), un.length); await settle(700);}
console.log("KB each after", (rss()-m0)/N);
ss.forEach(s=>s.destroy()); c.close(); await settle(1500); console.log("after close KB each",(rss()-m0)/N); process.exit();
