"""Manifests in blocks, which processes read, or write, side by side.

lines       a block of whole lines becomes runs of files, and bytes of the top hash
summaries   a block of whole lines becomes leaf pages, and sums that are added to those of other blocks
drafts      a block of leaf pages becomes lines, bytes of the top hash, and sums
frames      what is sent to a process, and what it answers
processes   the processes, which are started when they are needed
worker      one of them
"""
