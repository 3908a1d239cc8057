import http2 from "node:http2"; import {q} from "/tmp/x/raw.mjs";
import { toBinary, create, fromBinary } from "@bufbuild/protobuf";
import { LoadSceneRequestSchema, LoadSceneResponseSchema } from "/work/main/gen/es/godot/control/v1/scene_service_pb.js";
const s=http2.connect("http://127.0.0.1:8090");
const frame=m=>{const b=Buffer.alloc(5+m.length);b.writeUInt32BE(m.length,1);b.set(m,5);return b};
const H=p=>({":method":"POST",":path":"/godot.control.v1."+p,"content-type":"application/grpc","te":"trailers"});
const call=(h,b)=>new Promise((res,rej)=>{const r=s.request(h);const d=[];r.on("data",x=>d.push(x));r.on("end",()=>res(Buffer.concat(d).subarray(5)));r.on("error",rej);r.end(b)});
const e=frame(new Uint8Array());
for(let k=0;k<2;k++){
let a=[];for(let i=0;i<3000;i++){const t=performance.now();await call(H("SceneService/GetCurrentScene"),e);a.push(performance.now()-t)}
console.log("grpc GetCurrentScene p50",q(a).toFixed(3));
const L=["a","b"].map(n=>frame(toBinary(LoadSceneRequestSchema,create(LoadSceneRequestSchema,{scenePath:`res://small_${n}.tscn`}))));
a=[];const en=[];for(let i=0;i<2000;i++){const t=performance.now();const r=await call(H("SceneService/LoadScene"),L[i%2]);a.push(performance.now()-t);en.push(fromBinary(LoadSceneResponseSchema,r).result.scene.loadTime.nanos/1e6)}
console.log("grpc switch p50",q(a).toFixed(3),"engine",q(en).toFixed(3),"above",(q(a)-q(en)).toFixed(3));
const t0=performance.now();await Promise.all(Array.from({length:16},async()=>{for(let i=0;i<500;i++)await call(H("SceneService/GetCurrentScene"),e)}));console.log("grpc 16 streams /s",(8000/(performance.now()-t0)*1000)|0);
}
s.close();
