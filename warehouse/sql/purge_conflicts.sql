-- Conflicts of deliveries that are gone.
delete from core.delivery_conflicts as cnf
using purging as prg
where cnf.interaction_id = prg.interaction_id
