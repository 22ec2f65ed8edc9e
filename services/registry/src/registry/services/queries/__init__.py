"""Queries in SQL over the files of packages. Each is a row of `registry.query`, which a worker process of its own carries out.

The steps of a query
--------------------
1. **Submit.** `QueryService` adds a row in state `queued`. Workers claim it as they claim jobs (`registry.services.pushes`), with heartbeats,
   a claim token and turns of owners. An attempt that was interrupted begins again: it has written nothing but its row.
2. **Parse.** A worker of the sandbox takes the statement apart (`shared.queries`) and names the calls that mean data.
3. **Resolve.** `SourceResolver` finds the revisions and files that each call names, with the caller's present rights. What the caller may
   not read is refused in the words for what does not exist. A query that is run again brings the revisions along.
4. **Run.** Another worker of the sandbox, for this query alone, asks for bytes of these files, which `ObjectReads` fetches with the caller's
   credentials. Rows come back as the bytes of a Parquet file, which nobody here decodes, and the first of them as JSON.
5. **Store.** The file is uploaded to the service bucket, then the row says that it is there. Housekeeping removes it after a day.
"""
