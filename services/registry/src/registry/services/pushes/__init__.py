"""Pushes that the registry does for its callers: each is a job, a row of `registry.job`, which a worker process carries out.

The protocol of a job
---------------------
1. **Submit.** `PushService` refuses at once what it can see to be wrong, and adds a row in state `queued`. The same
   idempotency key gives the same row.
2. **Claim.** A worker takes the next row that is queued, or running and silent, with `FOR UPDATE SKIP LOCKED`; owners take turns
   (`registry.db.job_turns`). It writes a new random claim token into the row. Every later write names the token and raises ClaimLost when the row has another.
   A job claimed more than MAX_ATTEMPTS times fails: it may be what kills its workers.
3. **Heartbeat.** Every second the worker writes the time and the progress, and reads whether the owner wants the job
   cancelled. After STALE_SECONDS without a heartbeat the job is silent, and another worker may claim it; a worker that
   could not write for that long stops by itself. The supervisor queues the jobs of a worker process that ended at once.
4. **Checkpoint before write.** An attempt may end at any await. What it decides (the pointer's time, the multipart copy
   it begins) is in the row's `checkpoint` before S3 sees it, and what it found out about an entry is in `job_item`. The
   next attempt reads both, and so neither repeats the work nor does it a second way.
5. **Final.** Once the first pointer may have been written (`JobContext.is_final`), a cancellation or a stopping worker is
   ignored: the attempt goes on to its end.
6. **Settle.** The attempt ends in one `AttemptEnd`, which says what is written: `done` with the result, `failed` with the
   problem, `cancelled`, `queued` again when the worker must stop, or nothing when the claim is lost. A failed or
   cancelled job can be resumed from its checkpoint.

Objects come first, then the manifest, then the pointers, `latest` last: whatever a pointer names is complete.
"""
