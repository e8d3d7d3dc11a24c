"""Funnels over the timeline: definitions, the exact engine, reports.

Reads events and people; imports neither campaigns nor surveys: pages and mailings arrive as kinds and subjects of events.
Writes downstairs only through the verb of segments.
"""
