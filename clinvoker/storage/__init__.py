"""
What outlives a request: sessions, stored responses, conversations, what was used.

A change is a value (`changes`).  `store` is what the house sees; it hands changes and questions to a shelf,
and the shelf to its tables: dictionaries (`memory`) or a file (`sqlite`), where one thread does all that
touches the disk but one short write.  Another kind of database is another `Tables` on a shelf.
"""
