import json, time, sys
sys.path.insert(0,'/work/main/svc-catalog/tests')
from pathlib import Path
from catalog.service import SERVICE
from catalog import queries
LIST=Path('/work/shared/data/service-items/items.jsonl')
async def test_speed(houses):
    house = await houses.open(SERVICE)
    admin = house.staff("system_admin")
    for n in range(1, 9):
        rows=[json.loads(l) for l in LIST.read_text().splitlines()]
        for r in rows: r['item_code']=f"{n}-{r['item_code']}"; r['area_code']=f"4451{n:02d}"
        data="\n".join(json.dumps(r,ensure_ascii=False) for r in rows).encode()
        await house.post("/catalog/v1/imports", files={"file": ("i.jsonl", data)}, as_=admin)
        t=time.perf_counter(); await house.run_jobs()
        print('import', n, round(time.perf_counter()-t,2))
        if n in (1,8):
            for q in ("户口","许可","开饭店","我想在小区门口开个小面馆，要先办哪些证，需要跑几个窗口","shebaoka"):
                for off in (False, True):
                    tx=house.runtime.begin_system()
                    from sqlalchemy import text
                    if off: await tx.execute(text("select set_config('enable_seqscan','off',true)"))
                    await queries.search(tx,q,queries.ItemFilter())
                    t=time.perf_counter()
                    ev,bs=await queries._everyday(tx,q); t1=time.perf_counter()
                    qu=queries.ask(q,ev,by_sound=bs); w=await queries._weights(tx,qu); t2=time.perf_counter()
                    _,hits=await queries.search(tx,q,queries.ItemFilter()); t3=time.perf_counter()
                    print(n,q[:6],off,len(qu.retrieval),'everyday %.1f weights %.1f search %.1f ms'%((t1-t)*1e3,(t2-t1)*1e3,(t3-t2)*1e3),len(hits))
                    await tx.close()
