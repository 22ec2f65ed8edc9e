"""Manifests in blocks of whole lines, which processes read side by side.

lines       a block becomes runs of files, and bytes of the top hash
summaries   a block becomes leaf pages, and sums that are added to those of other blocks
frames      what is sent to a process, and what it answers
processes   the processes, which are started when they are needed
worker      one of them
"""
