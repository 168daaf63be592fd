# The headers of csrc/, line for line, in their order.
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t


cdef extern from "fg_status.h" nogil:
    ctypedef enum fg_status:
        FG_OK, FG_STOP, FG_LOOK
        FG_E_MEMORY, FG_E_FULL, FG_E_FREED, FG_E_MODIFIED, FG_E_NAN, FG_E_OPCODE, FG_E_OPERAND
        FG_E_INDEX, FG_E_RANGE, FG_E_BRANCH, FG_E_SIGNAL, FG_E_FORMAT, FG_E_LAPACK

    const char *fg_status_message(fg_status status)
    const char *fg_status_exception(fg_status status)


cdef extern from "fg_mem.h" nogil:
    void *fg_mem_zeros(size_t n, size_t size)
    void *fg_mem_resize(void *block, size_t n, size_t size)
    void fg_mem_free(void *block)


cdef extern from "fg_ops.h" nogil:
    enum:
        FG_N_ROWS
        FG_LEAF, FG_CONST, FG_FREED
        FG_ITEM, FG_PACK, FG_CALL
        # rows that Python's operators name
        FG_OP_add, FG_OP_subtract, FG_OP_multiply, FG_OP_divide, FG_OP_floor_divide, FG_OP_remainder
        FG_OP_power, FG_OP_square, FG_OP_negative, FG_OP_absolute
        FG_OP_less, FG_OP_less_equal, FG_OP_greater, FG_OP_greater_equal, FG_OP_equal, FG_OP_not_equal

    ctypedef struct fg_op_row:
        const char *name
        const char *value
        const char *partial[3]
        const char *doc
        double domain[3][2]
        int arity, is_test

    const fg_op_row *fg_op_info(int op)
    int fg_op_arity(int op)
    int fg_op_reads(int op, int k, char variable)
    double fg_op_value(int op, double x, double y, double z)


cdef extern from "fg_given.h" nogil:
    ctypedef void (*fg_loop)(char **at, const ptrdiff_t *n, const ptrdiff_t *step, void *data)

    ctypedef struct fg_given:
        fg_loop loop
        void *data

    void fg_given_set(const fg_given *all)


cdef extern from "fg_lent.h" nogil:
    enum: FG_N_LENT

    ctypedef void (*fg_function)()
    ctypedef struct fg_lent:
        fg_function at[FG_N_LENT]

    const char *fg_lent_name(int k)
    int fg_lent_arity(int k)
    int fg_lent_next(int op, int k)
    void fg_lent_set(const fg_lent *all)


cdef extern from "fg_isa.h" nogil:
    ctypedef struct fg_isa:
        const char *name

    enum: FG_ISA_MOST
    const fg_isa *fg_isa_number(int k)
    const fg_isa *fg_isa_named(const char *name)
    const fg_isa *fg_isa_now()


cdef extern from "fg_array.h" nogil:
    enum:
        FG_F64, FG_F32, FG_OTHER
        FG_MAX_NDIM

    ctypedef struct fg_array:
        void *data
        void *owner
        const uint32_t *version
        uint32_t seen
        int dtype, ndim
        size_t size, bytes
        ptrdiff_t dim[1]

    fg_array *fg_array_new(void *data, int dtype, int ndim, const ptrdiff_t *shape,
                           const ptrdiff_t *strides)
    size_t fg_dtype_size(int dtype)
    ctypedef struct fg_reader:
        pass
    void fg_reader_array(fg_reader *r, const fg_array *a)
    void fg_reader_dense(fg_reader *r, const void *data, int dtype)
    void fg_reader_number(fg_reader *r, double number)
    const double *fg_read(fg_reader *r, size_t n)
    void fg_write(void *to, int dtype, const double *source, size_t n)


cdef extern from "fg_kernels.h" nogil:
    ctypedef struct fg_operand:
        const fg_array *array
        double number

    fg_status fg_kernel_value(int op, size_t size, const fg_operand *operands, int dtype, void *out)
    void fg_kernel_row(int op, size_t n, const double *const *x, const int *stride, double *out)
    fg_status fg_kernel_adjoint(int op, int which, size_t size, const fg_operand *operands,
                                const fg_operand *v, int dtype, const void *g, void *adj)
    void fg_kernel_add(size_t size, int dtype, const void *g, void *adj)
    int fg_kernel_has_nan(size_t size, int dtype, const void *items)


cdef extern from "fg_graph.h" nogil:
    ctypedef struct fg_wide:
        void *payload
        int32_t first, count

    ctypedef struct fg_graph:
        size_t n, cap
        uint8_t *op
        int32_t (*arg)[2]
        size_t n_wide, cap_wide
        fg_wide *wide
        size_t n_pool, cap_pool
        int32_t *pool

    fg_status fg_graph_reserve(fg_graph *g, size_t nodes, size_t wides, size_t operands)
    int32_t fg_graph_append(fg_graph *g, int op, int32_t a, int32_t b)
    int32_t fg_graph_append_wide(fg_graph *g, int op, void *payload, const int32_t *operand,
                                 int32_t count)
    const int32_t *fg_graph_operands(const fg_graph *g, size_t i, int32_t *count)
    fg_status fg_graph_check(const fg_graph *g, size_t *at)
    void fg_graph_free(fg_graph *g)


cdef extern from "fg_mail.h" nogil:
    ctypedef struct fg_mail:
        pass

    void fg_mail_init(fg_mail *m)
    void fg_mail_free(fg_mail *m)
    fg_status fg_mail_reserve(fg_mail *m, size_t handles)
    int fg_mail_has_room(const fg_mail *m, size_t handles)
    void fg_mail_put(fg_mail *m, int32_t handle)
    int fg_mail_has(const fg_mail *m, int32_t handle)
    int32_t fg_mail_take(fg_mail *m)


cdef extern from "fg_tape.h" nogil:
    enum:
        FG_NEEDS, FG_ARRAY, FG_WIDE, FG_MODIFIED, FG_NOTED, FG_HOOKED
        FG_NODE_NONE, FG_NODE_FREED

    ctypedef union fg_cell:
        double s
        fg_array *a
        void *p

    ctypedef struct fg_handle:
        void *owner
        int32_t node, leaves

    ctypedef struct fg_tape:
        fg_graph graph
        size_t cap
        uint8_t *flag
        fg_cell *val
        size_t n_handle
        fg_handle *handle
        size_t n_free, bytes, n_note
        int pins

    void fg_tape_init(fg_tape *t, void (*release)(void *payload) noexcept)
    void fg_tape_free(fg_tape *t)
    fg_status fg_tape_reserve(fg_tape *t, size_t nodes, size_t wides, size_t operands)
    int fg_tape_has_room(const fg_tape *t, size_t nodes)
    int32_t fg_tape_hold(fg_tape *t, int32_t node, void *owner)
    void fg_tape_move(fg_tape *t, int32_t handle, int32_t node)
    void fg_tape_drop(fg_tape *t, int32_t handle)
    int32_t fg_tape_append_leaf(fg_tape *t, int32_t handle, int needs, fg_cell value, int is_array)
    int32_t fg_tape_append_freed(fg_tape *t, int32_t handle, fg_cell value, int is_array)
    int32_t fg_tape_append_number(fg_tape *t, double number)
    int32_t fg_tape_append_array(fg_tape *t, fg_array *array)
    int32_t fg_tape_append_scalar(fg_tape *t, int op, int32_t a, int32_t b)
    int32_t fg_tape_append_op(fg_tape *t, int op, const int32_t *operand, fg_cell value, int is_array)
    int32_t fg_tape_append_item(fg_tape *t, int32_t array, int32_t index, double value)
    int32_t fg_tape_append_wide(fg_tape *t, int op, void *payload, const int32_t *operand,
                                int32_t count, fg_cell value, int is_array)
    fg_status fg_tape_note(fg_tape *t, int32_t node, void *payload, int flag)
    fg_status fg_tape_reserve_notes(fg_tape *t, size_t n)
    void *fg_tape_noted(const fg_tape *t, int32_t node, int32_t k)
    void fg_tape_forget(fg_tape *t, int32_t node)
    void fg_tape_pin(fg_tape *t)
    void fg_tape_unpin(fg_tape *t)
    fg_status fg_tape_compact(fg_tape *t)
    size_t fg_tape_bytes(const fg_tape *t)


cdef extern from "fg_sweep.h" nogil:
    enum:
        FG_WANTED
        FG_TOUCHED
        FG_KEEP
        FG_SEEN

    ctypedef struct fg_sweep:
        fg_tape *tape
        size_t cap
        fg_cell *adj
        uint8_t *mark
        int32_t at, low, top
        size_t pending
        int restricted, check_nan
        int32_t culprit

    void fg_sweep_init(fg_sweep *s)
    void fg_sweep_free(fg_sweep *s)
    fg_status fg_sweep_start(fg_sweep *s, fg_tape *t, int32_t top)
    void fg_sweep_mark(fg_sweep *s, int32_t node, int mark)
    void fg_sweep_restrict(fg_sweep *s, int32_t lowest)
    fg_status fg_sweep_add(fg_sweep *s, int32_t node, double number, const void *items)
    int fg_sweep_wants(const fg_sweep *s, int32_t node)
    fg_status fg_sweep_run(fg_sweep *s, int32_t *at)
    void fg_sweep_done(fg_sweep *s, int32_t node)
    void *fg_sweep_take(fg_sweep *s, int32_t node)
    int32_t fg_sweep_leaf(const fg_sweep *s, int32_t start)
    void fg_sweep_end(fg_sweep *s, int forget)


cdef extern from "fg_func.h" nogil:
    enum:
        FG_SCALAR
        FG_TRUTH
        FG_CALL_OPAQUE
        FG_CALL_SPLAT
        FG_CALL_SAME

    ctypedef struct fg_type:
        int dtype, ndim
        size_t size, first

    ctypedef struct fg_func:
        fg_graph graph
        int32_t *type
        uint32_t *line
        uint32_t here
        size_t n_number
        double *number
        size_t n_array
        const double **array
        size_t n_call
        uint8_t *call
        size_t n_type
        fg_type *types
        ptrdiff_t *dim
        size_t n_input

    fg_status fg_func_init(fg_func *f)
    void fg_func_free(fg_func *f)
    fg_status fg_func_copy(const fg_func *source, fg_func *to)
    void fg_func_settle(fg_func *f)
    size_t fg_func_bytes(const fg_func *f)
    int32_t fg_func_type(fg_func *f, int dtype, int ndim, const ptrdiff_t *shape)
    int32_t fg_func_input(fg_func *f, int32_t type)
    int32_t fg_func_number(fg_func *f, double x, int32_t type)
    int32_t fg_func_array(fg_func *f, const double *dense, int32_t type)
    int32_t fg_func_row(fg_func *f, int op, const int32_t *operand, int32_t type)
    int32_t fg_func_item(fg_func *f, int32_t array, int32_t index, int32_t type)
    int32_t fg_func_pack(fg_func *f, const int32_t *operand, int32_t count, int32_t type)
    int32_t fg_func_call(fg_func *f, int kind, const int32_t *operand, int32_t count, int32_t type)
    int fg_func_is_number(const fg_func *f, int32_t node, double *x)
    size_t fg_func_call_of(const fg_func *f, int32_t node)
    void fg_func_reach(const fg_func *f, uint8_t *live)
    void fg_func_uses(const fg_func *f, const uint8_t *live, int32_t *uses)


cdef extern from "fg_flat.h" nogil:
    ctypedef struct fg_flat:
        size_t n, n_operand, n_item, n_value, n_count
        uint8_t *op
        int32_t *type
        uint32_t *line
        int32_t *operand
        int32_t *item
        double *value
        int32_t *count

    void fg_flat_measure(const fg_func *f, fg_flat *flat)
    void fg_flat_write(const fg_func *f, const fg_flat *flat)
    fg_status fg_flat_read(const fg_flat *flat, fg_func *f, size_t *at)


cdef extern from "fg_lower.h" nogil:
    void fg_lower_reach(const fg_tape *t, uint8_t *live)
    fg_status fg_lower_scalars(const fg_tape *t, const uint8_t *live, const uint32_t *line,
                               fg_func *f, int32_t *to, int32_t *at)


cdef extern from "fg_diff.h" nogil:
    enum:
        FG_REF_X
        FG_REF_Y
        FG_REF_Z
        FG_REF_V
        FG_REF_G
        FG_REF_NONE
        FG_REF_NUMBER
        FG_RULE_STEPS

    ctypedef struct fg_step:
        int32_t op
        int32_t ref[3]

    ctypedef struct fg_rules:
        pass

    ctypedef struct fg_diff:
        size_t n
        int32_t *with_ "with"
        uint8_t *active

    void fg_rules_init(fg_rules *r)
    void fg_rules_free(fg_rules *r)
    int32_t fg_rules_number(fg_rules *r, double x)
    fg_status fg_rules_add(fg_rules *r, int op, int k, const fg_step *step, int32_t count,
                           int32_t result)
    fg_status fg_diff_init(fg_diff *d, fg_func *f, const fg_rules *rules)
    void fg_diff_free(fg_diff *d)
    void fg_diff_activate(fg_diff *d)
    fg_status fg_diff_add(fg_diff *d, int32_t node, int32_t adjoint)
    fg_status fg_diff_reverse(fg_diff *d, int32_t *at)
    fg_status fg_diff_forward(fg_diff *d, int32_t *at)


cdef extern from "fg_blas.h" nogil:
    ctypedef struct fg_blas:
        double worth

    ctypedef struct fg_loan:
        const char *name
        const char *library
        const char *arguments
        size_t d, s

    const fg_loan *fg_loan_info(int number)


cdef extern from "fg_program.h" nogil:
    enum:
        FG_I_KERNEL

    ctypedef struct fg_instr:
        int32_t op, dst, a, b, c

    ctypedef struct fg_port:
        int32_t place, type
        size_t size

    ctypedef struct fg_region:
        size_t n, points, n_slot, n_instr, n_stream

    ctypedef struct fg_program:
        size_t n_instr
        fg_instr *instr
        int32_t *node
        int32_t *pool
        size_t n_param
        int64_t *param
        size_t n_region
        fg_region *region
        fg_instr *tile_instr
        size_t n_init
        double *init
        size_t n_w, n_input, n_output, n_guard
        fg_port *input
        fg_port *output
        fg_port *guard
        int scalar, single
        double work
        int (*look)() noexcept nogil
        const fg_blas *blas

    void fg_program_free(fg_program *p)
    size_t fg_program_bytes(const fg_program *p)
    double fg_program_product(const fg_program *p)
    int fg_program_has_solver(const fg_program *p)
    size_t fg_program_item(const fg_program *p)
    void fg_program_start(const fg_program *p, void *w)
    fg_status fg_program_run(const fg_program *p, void *w, size_t *at)


cdef extern from "fg_batch.h" nogil:
    enum:
        FG_BATCH_PORTS

    ctypedef struct fg_batch:
        const fg_program *p
        size_t n, chunk, failed
        const void *const *inputs "in"
        const size_t *in_step
        void *const *out
        int8_t *status

    size_t fg_batch_tile(const fg_program *p)
    size_t fg_batch_size(const fg_program *p)
    void fg_batch_start(const fg_program *p, void *w)
    size_t fg_batch_run(const fg_batch *b, void *w, size_t start, size_t stop)
    void fg_batch_open(fg_batch *b, size_t threads)
    int fg_batch_work(fg_batch *b, void *w, size_t most)
    void fg_batch_stop(fg_batch *b)
    size_t fg_batch_done(const fg_batch *b)


cdef extern from "fg_plan.h" nogil:
    enum:
        FG_BASE_FRESH, FG_BASE_ALIAS, FG_BASE_INTO, FG_BASE_MISSING

    ctypedef struct fg_lowstep:
        int kernel, n_operand
        int32_t operand[3]
        size_t first, n

    ctypedef struct fg_lowered:
        int base
        int64_t offset
        size_t first, n
        size_t work
        size_t scratch

    ctypedef struct fg_lowering:
        size_t n_call
        const fg_lowered *call
        size_t n_step
        const fg_lowstep *step
        size_t n_param
        const int64_t *param

    ctypedef struct fg_guard:
        int32_t node, expected

    fg_status fg_plan(const fg_func *f, size_t n_output, const int32_t *output, size_t n_guard,
                      const fg_guard *guard, const fg_lowering *lowering, fg_program *p)


cdef extern from "fg_struct.h" nogil:
    enum:
        FG_N_KERNELS, FG_N_REDUCTIONS, FG_N_SCANS, FG_N_DTYPES

    ctypedef struct fg_struct_row:
        const char *name
        const char *doc
        int n_operands, is_solver

    ctypedef struct fg_dtype_row:
        const char *name
        double lo, hi

    const fg_struct_row *fg_struct_info(int kernel)
    const char *fg_struct_reduction(int how)
    const char *fg_struct_scan(int how)
    const fg_dtype_row *fg_struct_dtype(int dtype)
    fg_status fg_struct_check(int kernel, size_t n_p, const int64_t *p, const size_t *extent,
                              size_t n_w)
    fg_status fg_struct_run(int kernel, const int64_t *p, double *w, const fg_blas *blas)
    fg_status fg_struct_run_single(int kernel, const int64_t *p, float *w, const fg_blas *blas)


cdef extern from "fg_sparsity.h" nogil:
    ctypedef struct fg_sets:
        int32_t n_in

    fg_status fg_sets_init(fg_sets *s, size_t n_in, size_t limit)
    void fg_sets_free(fg_sets *s)
    int32_t fg_sets_unite(fg_sets *s, int32_t a, int32_t b)
    int32_t fg_sets_unite_all(fg_sets *s, const int32_t *set, size_t n)
    fg_status fg_sets_unite_pairs(fg_sets *s, const int32_t *a, const int32_t *b, size_t n, int32_t *out)
    fg_status fg_sets_unite_groups(fg_sets *s, const int32_t *set, const int64_t *start, size_t n,
                                   int32_t *out)
    void fg_sets_list(const fg_sets *s, const int32_t *set, size_t n, int64_t *end, int32_t *out)

    ctypedef struct fg_sparsity:
        fg_sets sets
        int64_t *place

    fg_status fg_sparsity_init(fg_sparsity *d, const fg_func *f, const uint8_t *through, size_t n_in,
                               size_t limit)
    void fg_sparsity_free(fg_sparsity *d)
    fg_status fg_sparsity_set(fg_sparsity *d, int32_t node, const int32_t *set)
    const int32_t *fg_sparsity_get(const fg_sparsity *d, int32_t node)
    fg_status fg_sparsity_run(fg_sparsity *d, const uint8_t *live, int32_t *at)


cdef extern from "fg_coloring.h" nogil:
    fg_status fg_color_columns(size_t n_row, size_t n_col, const int32_t *row_start, const int32_t *column,
                               const int32_t *col_start, const int32_t *row, const int32_t *order,
                               int32_t *colour, int32_t *n_colour)
