"""Candidates -> shards -> records: the only concurrency of domainscan.

`plan` turns input lines into rows, `shard` visits and judges one shard, `engine` decides where shards run,
`driver` feeds the engine and alone writes the store, `record` renders what a script reads.
"""
